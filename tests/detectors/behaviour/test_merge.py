"""Replicas that count apart and merge through the store know what one client would have known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.memory import (
    APART,
    COUNTERS,
    HEAD_SIZE,
    LARGEST,
    PLACES,
    ROUTE_LANES,
    MemoryFault,
    Merging,
    bucket_of,
    lanes_of,
    requests_of,
    unpack_head,
    unpack_words,
)
from detectors.behaviour.merge import merge, subtract, without_requests
from detectors.behaviour.step import Step, step_of
from tests.support.memories import (
    BUCKET,
    MANY_ROUTES,
    NEARLY_FULL,
    SMALL,
    a_memory,
    joined_by,
    memories,
    sums,
    whole,
)
from tests.support.requests import a_request

NOW = 1_790_000_000.0
STEPS = [
    step_of(a_request(path))
    for path in ("/", "/shoes", "/product/1", "/product/2", "/a.css", "/a.png", "/api/x", "/robots.txt")
]
# What follows an order is exact per replica only; see Client. How often a replica shared is its own matter.
ORDERED = {
    *("alike", "followed", "gaps", "gap_ms", "gap_square", "longest_gap_ms", "longest_run", "numbers"),
    *("quick", "sequential", "turned"),
}
OWN = ORDERED | {"shares"}

acts = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["arrive", "arrive", "arrive", "push", "receive"]),
        st.sampled_from(STEPS),
        st.sampled_from([0.0, 0.3, 4.0, 11.0, 65.0, 700.0, 4000.0, 90_000.0]),
        st.sampled_from(["", "home", "product", "cart"]),
    ),
    max_size=60,
)


class Store:
    """The shared store, in memory: totals, and answers that are still on their way."""

    def __init__(self) -> None:
        self.totals: bytes | None = None
        self.answers: dict[int, bytes] = {}

    def push(self, replica: int, client: Client) -> None:
        if replica in self.answers:
            return
        delta = client.cut()
        if delta is not None:
            self.totals = delta if self.totals is None else merge(self.totals, delta)
            self.answers[replica] = self.totals

    def receive(self, replica: int, client: Client) -> None:
        if replica in self.answers:
            client.absorb(self.answers.pop(replica))


def everything(client: Client) -> tuple[dict[str, object], dict[int, list[int]]]:
    facts = {name: getattr(client, name) for name in PLACES if name not in OWN}
    return facts, whole(client.pack())[2]


@given(acts)
def test_any_interleaving_gives_the_totals_of_one_client(
    acts: list[tuple[int, str, Step, float, str]],
) -> None:
    store, now = Store(), NOW
    replicas = [Client("203.0.113.7", NOW) for _ in range(3)]
    single = Client("203.0.113.7", NOW)
    for replica, act, step, pause, route in acts:
        if act == "arrive":
            now += pause
            replicas[replica].arrive(step, now, route)
            single.arrive(step, now, route)
        elif act == "push":
            store.push(replica, replicas[replica])
        else:
            store.receive(replica, replicas[replica])
    for _ in range(2):
        for replica, client in enumerate(replicas):
            store.receive(replica, client)
            store.push(replica, client)
            store.receive(replica, client)
    merged = Client("203.0.113.7", NOW)
    if store.totals is not None:
        merged.absorb(store.totals)

    assert everything(merged) == everything(single)


@given(memories(), memories())
def test_merging_does_not_mind_the_order(ours: bytes, theirs: bytes) -> None:
    assert whole(merge(ours, theirs)) == whole(merge(theirs, ours))


@given(memories(), memories(), memories())
def test_merging_does_not_mind_the_grouping(a: bytes, b: bytes, c: bytes) -> None:
    assert whole(merge(a, merge(b, c))) == whole(merge(merge(a, b), c))


@given(memories(counts=NEARLY_FULL), memories(counts=NEARLY_FULL))
def test_merging_full_counts_does_not_mind_the_order(ours: bytes, theirs: bytes) -> None:
    assert whole(merge(ours, theirs)) == whole(merge(theirs, ours))


@given(memories(), memories())
def test_what_was_merged_can_be_taken_out_again(ours: bytes, theirs: bytes) -> None:
    both = merge(ours, theirs)

    assert sums(subtract(both, theirs)) == sums(ours, bucket_of(both))


@given(memories(), memories())
def test_times_and_sketches_stay_whole_in_a_difference(later: bytes, earlier: bytes) -> None:
    rest = len(COUNTERS)

    assert unpack_head(subtract(later, earlier))[rest:] == unpack_head(later)[rest:]


@given(memories(counts=SMALL | NEARLY_FULL), memories(counts=SMALL | NEARLY_FULL))
def test_a_difference_is_never_below_zero(later: bytes, earlier: bytes) -> None:
    places = zip(unpack_head(later), unpack_head(earlier), strict=True)
    expected = [max(a - b, 0) for a, b in places][: len(COUNTERS)]

    assert list(unpack_head(subtract(later, earlier))[: len(COUNTERS)]) == expected


@given(memories(), memories())
def test_every_field_is_joined_as_the_table_says(ours: bytes, theirs: bytes) -> None:
    rules = {
        Merging.SUM: sum,
        Merging.MIN: min,
        Merging.MAX: max,
        Merging.BITS: lambda pair: pair[0] | pair[1],
    }
    a, b, both = (
        dict(zip(PLACES, unpack_head(each), strict=True)) for each in (ours, theirs, merge(ours, theirs))
    )
    expected = {name: rules[rule]((a[name], b[name])) for rule in Merging for name in joined_by(rule)}  # type: ignore[operator]

    assert both == expected


@given(memories(routes=MANY_ROUTES), memories(routes=MANY_ROUTES))
def test_our_routes_come_first_and_never_more_than_there_is_room_for(ours: bytes, theirs: bytes) -> None:
    lanes = lanes_of(merge(ours, theirs))

    assert lanes[: len(lanes_of(ours))] == lanes_of(ours)
    assert len(lanes) == min(len({*lanes_of(ours), *lanes_of(theirs)}), ROUTE_LANES)


@given(memories())
def test_a_crowd_is_not_told_what_it_counts_itself(memory: bytes) -> None:
    told = without_requests(memory)
    places = dict(zip(PLACES, unpack_head(memory), strict=True))

    assert dict(zip(PLACES, unpack_head(told), strict=True)) == places | dict.fromkeys(APART, 0)
    assert len(told) == HEAD_SIZE  # windows are its own


def test_what_was_never_counted_is_not_pushed() -> None:
    assert Client("203.0.113.7", NOW).cut() is None


def test_what_was_cut_is_not_pushed_again() -> None:
    client = Client("203.0.113.7", NOW)
    client.arrive(STEPS[0], NOW)
    client.cut()

    assert client.cut() is None


def test_what_was_absorbed_is_not_pushed_again() -> None:
    client = Client("203.0.113.7", NOW)
    client.absorb(a_memory(7, routes={"home": 3}))

    assert client.cut() is None


def test_what_was_counted_while_the_answer_was_on_its_way_is_kept() -> None:
    client = Client("203.0.113.7", NOW)
    client.arrive(STEPS[0], NOW, "home")
    sent = client.cut()
    client.arrive(STEPS[0], NOW, "cart")
    assert sent is not None
    client.absorb(merge(sent, a_memory(7, bucket=BUCKET, routes={"home": 7})))

    rates = [client.rate("1m", NOW, route) for route in ("", "home", "cart")]
    assert (client.requests, rates) == (9, [9, 8, 1])


def test_a_store_that_forgot_everything_takes_nothing_below_zero() -> None:
    client = Client("203.0.113.7", NOW)
    client.arrive(STEPS[0], NOW)
    full = client.cut()
    assert full is not None

    assert min(unpack_head(subtract(full, merge(full, full)))) == 0


def test_counts_of_two_saturate() -> None:
    both = merge(a_memory(LARGEST - 1), a_memory(7))

    assert (requests_of(both), unpack_words(both)[0]) == (LARGEST, LARGEST)


@pytest.mark.parametrize("garbage", [b"", b"x", bytes(501)])
@pytest.mark.parametrize("join", [merge, subtract])
def test_what_is_no_memory_is_refused(join: object, garbage: bytes) -> None:
    with pytest.raises(MemoryFault):
        join(garbage, a_memory(1))  # type: ignore[operator]
    with pytest.raises(MemoryFault):
        join(a_memory(1), garbage)  # type: ignore[operator]
