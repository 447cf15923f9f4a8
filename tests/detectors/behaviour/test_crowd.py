"""A crowd counts requests and pages at once, all else as its members are shared; workers agree on both."""

from functools import reduce
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import NOBODY, Crowd
from detectors.behaviour.memory import APART, COUNTERS, PLACES, SKETCHES, Merging, requests_of, unpack_head
from detectors.behaviour.merge import as_told, merge
from detectors.behaviour.sketch import bit_of_text, estimate
from detectors.behaviour.step import Kind, Step, step_of
from detectors.behaviour.windows import WINDOWS
from tests.support.memories import joined_by, whole
from tests.support.requests import a_request

NOW = 1_790_000_000.0
PAGE, ASSET, CALL = (step_of(a_request(path)) for path in ("/product/17", "/main.css", "/api/x"))
STEPS = [PAGE, ASSET, CALL, step_of(a_request("/product/18")), step_of(a_request("/robots.txt"))]
MEMBERS = 3
LATEST = joined_by(Merging.MAX)
FOLDED = sorted(COUNTERS - set(APART))

acts = st.lists(
    st.tuples(
        st.integers(0, MEMBERS - 1),
        st.sampled_from(STEPS),
        st.sampled_from(["", "home", "product"]),
        st.sampled_from([0.0, 0.3, 4.0, 11.0, 65.0, 700.0, 90_000.0]),
        st.booleans(),
    ),
    max_size=40,
)
Act = tuple[int, Step, str, float, bool]


class Worker:
    """A crowd with its members, as one worker knows them; members tell what they counted when shared."""

    def __init__(self) -> None:
        self.crowd = Crowd("shop/n=203.0.113.0/24", NOW)
        self.members = [Client(f"203.0.113.{number}", NOW) for number in range(MEMBERS)]

    def count(self, member: int, step: Step, now: float, route: str = "") -> None:
        self.members[member].arrive(step, now, route)
        self.members[member].respond(404, 100, step)
        self.crowd.arrive(now, route, page=step.kind is Kind.PAGE)

    def tell(self, member: int) -> None:
        delta = self.members[member].cut()
        if delta is not None:
            self.crowd.fold(as_told(delta))

    def tell_all(self) -> "Worker":
        for member in range(MEMBERS):
            self.tell(member)
        return self


def at_work(acts: list[Act]) -> Worker:
    worker, now = Worker(), NOW
    for member, step, route, pause, shared in acts:
        now += pause
        worker.count(member, step, now, route)
        if shared:
            worker.tell(member)
    return worker


def facts(crowd: Crowd) -> object:
    """All that two workers agree on; when each of them first met the crowd is its own matter."""
    places, bucket, lanes = whole(crowd.pack())
    named = dict(zip(PLACES, places, strict=True))
    del named["shares"], named["first_seen"]
    return named, bucket, lanes


@given(acts)
def test_every_request_is_counted_at_once(acts: list[Act]) -> None:
    pages = sum(step.kind is Kind.PAGE for _, step, *_ in acts)

    assert [at_work(acts).crowd.count(name) for name in ("requests", "pages")] == [len(acts), pages]


@given(acts, st.sampled_from(list(WINDOWS)))
def test_limits_on_pages_and_routes_need_no_member_to_tell(acts: list[Act], window: str) -> None:
    worker, now = Worker(), NOW
    for member, step, route, pause, _ in acts:
        now += pause
        worker.count(member, step, now, route)
    told, crowd = at_work(acts).tell_all().crowd, worker.crowd

    assert [crowd.page_rate(window, now), crowd.rate(window, now, "product")] == [
        told.page_rate(window, now),
        told.rate(window, now, "product"),
    ]


@given(acts)
def test_when_all_members_have_told_the_crowd_knows_their_sums(acts: list[Act]) -> None:
    worker = at_work(acts).tell_all()
    sums = {name: sum(member.count(name) for member in worker.members) for name in FOLDED}

    assert {name: worker.crowd.count(name) for name in FOLDED} == sums


@given(acts)
def test_folding_counts_no_request_twice(acts: list[Act]) -> None:
    worker = at_work(acts).tell_all()

    assert worker.crowd.count("requests") == len(acts)
    assert requests_of(worker.crowd.pack()) == len(acts)


@given(acts, st.sampled_from(list(WINDOWS)))
def test_the_rates_are_those_of_one_client_who_did_it_all(acts: list[Act], window: str) -> None:
    worker, one, now = at_work(acts).tell_all(), Client("all", NOW), NOW
    for _, step, route, pause, _ in acts:
        now += pause
        one.arrive(step, now, route)
    crowd = worker.crowd
    theirs = [crowd.rate(window, now), crowd.page_rate(window, now), crowd.rate(window, now, "product")]

    assert theirs == pytest.approx(
        [one.rate(window, now), one.page_rate(window, now), one.rate(window, now, "product")]
    )


@given(acts)
def test_sketches_and_times_of_the_members_are_joined(acts: list[Act]) -> None:
    worker = at_work(acts).tell_all()
    known = dict(zip(PLACES, unpack_head(worker.crowd.pack()), strict=True))
    told = [member for member in worker.members if member.requests]
    expected = {name: max((getattr(member, name) for member in told), default=0) for name in LATEST}
    expected |= {name: reduce(or_, [getattr(member, name) for member in told], 0) for name in SKETCHES}

    assert {name: known[name] for name in expected} == expected


@given(st.lists(acts, min_size=2, max_size=2), st.lists(st.integers(0, 1), max_size=20))
def test_two_workers_crowds_come_to_the_same_counts(work: list[list[Act]], order: list[int]) -> None:
    workers, totals = [at_work(acts).tell_all() for acts in work], None
    for turn in [*order, 0, 1, 0, 1]:
        delta = workers[turn].crowd.cut()
        if delta is not None:
            totals = delta if totals is None else merge(totals, delta)
        if totals is not None:
            workers[turn].crowd.absorb(totals)
    one, two = (worker.crowd for worker in workers)
    sums = {name: sum(each.count(name) for worker in workers for each in worker.members) for name in FOLDED}

    assert facts(one) == facts(two)
    assert {name: one.count(name) for name in FOLDED} == sums
    assert one.count("requests") == sum(map(len, work))


@given(acts, acts)
def test_what_was_counted_while_the_answer_was_on_its_way_is_kept(
    before: list[Act], during: list[Act]
) -> None:
    worker = at_work(before).tell_all()
    sent = worker.crowd.cut()
    for member, step, route, _, _ in during:
        worker.count(member, step, NOW + 4_000_000, route)
    worker.tell_all()
    told = facts(worker.crowd)
    if sent is not None:
        worker.crowd.absorb(sent)

    assert facts(worker.crowd) == told


@given(acts, acts)
def test_a_crowd_that_rested_counts_on_as_if_it_had_not(before: list[Act], after: list[Act]) -> None:
    wakeful = at_work(before).tell_all().crowd
    wakeful.cut()
    rested = Crowd.wake(wakeful.key, wakeful.pack())
    told = at_work(after).tell_all().members
    for crowd in (rested, wakeful):
        for _ in after:
            crowd.arrive(NOW + 100_000)
        for member in told:
            crowd.fold(as_told(member.pack()))

    assert (rested.pack(), rested.cut()) == (wakeful.pack(), wakeful.cut())


@given(acts)
def test_packing_changes_nothing(acts: list[Act]) -> None:
    crowd = at_work(acts).crowd

    assert crowd.pack() == crowd.pack()


def test_a_crowd_of_nobody_has_nothing_to_share() -> None:
    assert Crowd("shop/a=64496", NOW).cut() is None


def test_what_was_cut_is_not_cut_again() -> None:
    worker = Worker()
    worker.count(0, PAGE, NOW)
    worker.crowd.cut()

    assert worker.crowd.cut() is None


def test_what_was_absorbed_is_known_and_not_cut_again() -> None:
    others, crowd = at_work([(0, PAGE, "home", 0.0, True)]).crowd, Crowd("shop/a=64496", NOW)
    told = others.cut()
    assert told is not None
    crowd.absorb(told)

    assert (crowd.known, crowd.requests, crowd.cut()) == (True, 1, None)


def test_another_worker_s_clock_may_be_ahead() -> None:
    ahead, crowd = Crowd("shop/a=64496", NOW + 30), Crowd("shop/a=64496", NOW)
    ahead.arrive(NOW + 30)
    crowd.arrive(NOW)
    told = ahead.cut()
    assert told is not None
    crowd.absorb(told)
    crowd.arrive(NOW + 1)

    assert (crowd.requests, crowd.rate("1m", NOW + 30)) == (3, 3)


def test_different_things_are_estimated_over_all_members() -> None:
    crowd, bits = Crowd("shop/a=64496", NOW), 0
    for number in range(200):
        member = Client(f"10.0.0.{number}", NOW)
        member.addresses = bit_of_text(member.key)
        bits |= member.addresses
        member.arrive(PAGE, NOW)
        crowd.fold(as_told(member.pack()))

    assert crowd.distinct("addresses") == estimate(bits) == pytest.approx(200, rel=0.3)


@pytest.mark.parametrize("name", ["paegs", "key", "_rest"])
def test_a_counter_that_does_not_exist_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        NOBODY.count(name)
    with pytest.raises(KeyError):
        NOBODY.distinct(name)


def test_nobody_counts_nothing() -> None:
    counts = {NOBODY.count(name) for name in FOLDED}

    assert (counts, NOBODY.rate("1m", NOW), NOBODY.rate("1m", NOW, "home"), NOBODY.cut()) == ({0}, 0, 0, None)


def test_a_clock_that_was_far_ahead_ends_no_window_too_late() -> None:
    ahead, crowd = Crowd("shop/a=64496", NOW + 3600), Crowd("shop/a=64496", NOW)
    ahead.arrive(NOW + 3600)
    told = ahead.cut()
    assert told is not None
    crowd.absorb(told)
    for turn in range(60):
        crowd.arrive(NOW + 10 * turn)

    assert crowd.rate("10s", NOW + 590) <= 2
