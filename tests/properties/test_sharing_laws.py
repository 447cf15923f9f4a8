"""Workers that share through a store know what one would have known, whatever happens in between.

Any interleaving of requests, exchanges, lost answers, refusals, first sights, rest, crashes, clocks that
differ, and of a store that forgets all, some, or goes back to an older state. What is promised, and asserted:

- The store holds exactly the events that reached it: every sum, every window, every time, and every sketch
  bit by bit, so that the estimates are as good as those of a single worker. A worker that crashes takes along
  what it had not shared, and nothing else. A batch that is sent again counts once.
- After the store lost something, the same holds while one of two pasts that meet holds the other. Else pasts
  are joined by maximum: of what two workers knew apart only the larger counts stay, and all of what was
  counted since. Then the store never
  holds more than the events that reached it, and in the end it knows as many requests as any living worker
  believes. One thing is counted twice: a batch that the store had merged, whose answer was lost, and which
  another worker gave back to the store as part of its past. The ledger knows how many those are.

SHARING_EXAMPLES and SHARING_STEPS make a longer run.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import NOBODY, Crowd
from detectors.behaviour.memory import (
    APART,
    COUNTERS,
    FIELDS,
    PLACES,
    Merging,
    bucket_of,
    requests_of,
    total_of,
)
from detectors.behaviour.sketch import distinct
from detectors.behaviour.step import Kind, step_of
from detectors.behaviour.windows import BUCKET_S, LANE
from proxy.state.embedded import EmbeddedStore
from proxy.state.keys import TAGS
from proxy.state.link import StoreFault
from proxy.state.pace import Shared
from proxy.state.push import BATCH
from tests.support.ledger import Desk, Event, Events, Known, Ledger, single
from tests.support.memories import whole
from tests.support.requests import a_request
from tests.support.sharing import Worker
from tests.support.stores import Clock, a_server, plain

WORKERS = 3
ADDRESS = "shop/203.0.113.7"
SESSIONS = ("shop/s=abc", "shop/s=def")
SUBNET, FINGERPRINT = CROWDS = ("shop/n=203.0.113.0/24", "shop/f=0123abcd")
KEYS = (ADDRESS, *SESSIONS, *CROWDS)
ROUTES = ("", "home", "product", "cart", "trap")
AGENTS = ("one", "two", "three")
PATHS = ("/", "/shoes", "/a.css", "/a.png", "/api/x", "/robots.txt", "/manual.pdf")
PRODUCTS = 250
STEPS = {path: step_of(a_request(path)) for path in (*PATHS, *(f"/product/{n}" for n in range(PRODUCTS)))}
# What follows an order is exact per worker only; see Client. How often one shared is its own matter.
OWN = {
    "epoch",
    "gaps",
    "alike",
    "gap_ms",
    "gap_square",
    "longest_gap_ms",
    "longest_run",
    "numbers",
    "quick",
    "sequential",
    "shares",
    "turned",
}
ADDED = sorted(COUNTERS - OWN)
SEEN = sorted({field.name for field in FIELDS if field.merging is not Merging.SUM} - OWN)
NO_WORDS = [0] * LANE
OFFSETS = ((0.0, 0.0, 0.0), (0.0, 5.0, -5.0), (-5.0, 5.0, 0.0))
STANDARD_ERRORS = 4.0

some_worker = st.integers(0, WORKERS - 1)
some_key = st.sampled_from(KEYS)
Facts = tuple[dict[str, Any], dict[int, list[int]]]


def facts_of(packed: bytes, bucket: int) -> Facts:
    """All that does not depend on who saw which part, as it stands in this bucket."""
    places, _, lanes = whole(packed, bucket)
    return {name: place for name, place in zip(PLACES, places, strict=True) if name not in OWN}, lanes


def truth_of(key: str, known: Known, bucket: int) -> Facts:
    """What a single worker knows of these. A crowd counts requests and pages, and is told the rest."""
    told = {event for event in known.events if event.told or key not in CROWDS}
    facts, lanes = facts_of(single(key, told).pack(), bucket)
    if key in CROWDS:
        counted, lanes = facts_of(single(key, known.events - told).pack(), bucket)
        facts |= {name: counted[name] for name in APART if name in facts}
    seen, _ = facts_of(single(key, known.seen).pack(), bucket)
    return facts | {name: seen[name] for name in SEEN}, lanes


def differences(facts: Facts, truth: Facts, key: str) -> dict[Any, Any]:
    """What is not as it must be, and how it must be. A crowd is first seen when its bucket began."""
    left_out = {"first_seen", "last_seen"} if key in CROWDS else set()
    ours, theirs = ({**counts, **lanes} for counts, lanes in (facts, truth))
    return {
        name: (ours.get(name), theirs.get(name))
        for name in {*ours, *theirs} - left_out
        if ours.get(name) != theirs.get(name)
    }


def excess(facts: Facts, bounds: list[Facts]) -> dict[Any, Any]:
    """What is above the sum of all bounds, and how far it may go."""
    counts, lanes = facts
    most = {name: sum(bound[name] for bound, _ in bounds) for name in ADDED}
    above: dict[Any, Any] = {name: (counts[name], most[name]) for name in ADDED if counts[name] > most[name]}
    for lane, words in lanes.items():
        columns = zip(*(each.get(lane, NO_WORDS) for _, each in bounds), strict=True)
        limits = [sum(column) for column in columns]
        if any(word > limit for word, limit in zip(words, limits, strict=True)):
            above[lane] = words, limits
    return above


def tolerance(sketch: str, things: int) -> float:
    """The stated errors of `linear` and `estimate`, several times over."""
    stated = max(2.0, 5.0 * things / 100.0) if sketch == "paths" else max(1.0, 0.12 * things)
    return STANDARD_ERRORS * stated


class Place:
    """A worker, what the ledger knows of it, and what it is in the midst of."""

    def __init__(self, worker: Worker, desk: Desk) -> None:
        self.worker = worker
        self.desk = desk
        self.round: asyncio.Task[int] | None = None
        self.clients: dict[str, Shared] = {}


class Sharing(RuleBasedStateMachine):
    """Three workers, one store, an address with two sessions, and the crowds that they belong to."""

    server: EmbeddedStore
    operator: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.operator.flushall()
        self.loop = asyncio.Runner()
        self.clock, self.ledger = Clock(), Ledger()
        self.places: list[Place] = []
        self.events = 0
        self.passers_by = 0
        self.lost_some = False
        self.arrived: set[tuple[str, Event]] = set()  # as it must be
        self.saved: tuple[dict[Any, Any], ...] | None = None

    @initialize(
        offsets=st.sampled_from(OFFSETS),
        lanes=st.sampled_from([1, TAGS]),
        turns=st.booleans(),
        loses=st.booleans(),
    )
    def open(self, offsets: tuple[float, ...], lanes: int, turns: bool, loses: bool) -> None:
        self.loses = loses
        self.clocks = [self.clock.ahead(offset) for offset in offsets]
        self.settings = {"lanes": lanes, "rotation_s": 3600.0 if turns else None}
        for number in range(WORKERS):
            self.begin(number)

    def begin(self, number: int) -> None:
        """A worker starts in this place."""

        async def made() -> Worker:
            return Worker(self.server.url, self.clocks[number], **self.settings)

        worker = self.loop.run(made())
        self.places[number:] = [Place(worker, self.ledger.follow(worker)), *self.places[number + 1 :]]

    def teardown(self) -> None:
        try:
            if self.places:
                self.settle()
        finally:
            for place in self.places:
                self.leave(place)
            self.loop.close()

    # Requests.

    @rule(
        number=some_worker,
        session=st.sampled_from(SESSIONS),
        path=st.sampled_from(PATHS),
        route=st.sampled_from(ROUTES),
        agent=st.sampled_from(AGENTS),
        status=st.sampled_from([0, 200, 302, 404, 503]),
        slowly=st.booleans(),
        share=st.sampled_from(["touch", "touch", "hurry"]),
    )
    def request(
        self,
        number: int,
        session: str,
        path: str,
        route: str,
        agent: str,
        status: int,
        slowly: bool,
        share: str = "touch",
    ) -> None:
        place = self.places[number]
        if slowly:
            place.worker.link.loads.shut()
        members = [self.found(place, key, Client) for key in (ADDRESS, session)]
        subnet, fingerprint = (self.found(place, key, Crowd) for key in CROWDS)
        members[0].subnet, members[1].fingerprint = subnet, fingerprint
        for client in (*members, subnet, fingerprint):
            self.count(place, client, STEPS[path], route, agent)
            getattr(place.worker.push, share)(client)
        for client in members:
            if status:
                self.answer(place, client, STEPS[path], status)

    @rule(number=some_worker, session=st.sampled_from(SESSIONS), first=st.integers(0, PRODUCTS - 20))
    def crawl(self, number: int, session: str, first: int) -> None:
        place = self.places[number]
        client = self.found(place, session, Client)
        for product in range(first, first + 20):
            self.count(place, client, STEPS[f"/product/{product}"], "product", "one")
        place.worker.push.touch(client)

    @rule(number=some_worker)
    def many_pass_by(self, number: int) -> None:
        """More clients than fit into one batch, each seen once and forgotten by the worker's table."""
        place = self.places[number]
        subnet = self.found(place, SUBNET, Crowd)
        for _ in range(BATCH + 1 if place.worker.link.lanes == 1 else 3):
            self.passers_by += 1
            client = Client(f"shop/198.51.100.{self.passers_by}", self.clocks[number]())
            client.subnet = subnet
            self.count(place, client, STEPS["/"], "home", "one")
            place.worker.push.touch(client)

    def found(self, place: Place, key: str, kind: Callable[[str, float], Shared]) -> Any:
        """The client of this key, whose first sight may take a while."""
        client = place.clients.get(key)
        if client is None:
            client = place.clients[key] = kind(key, place.worker.clock())
            self.loop.run(self.see(place.worker, client))
        return client

    async def see(self, worker: Worker, client: Shared) -> None:
        met = asyncio.Event()
        worker.sight.see(client, met.set)
        if not worker.link.loads.is_shut:
            await met.wait()
        else:
            await until(lambda: worker.link.loads.waiting > 0)

    def count(self, place: Place, client: Shared, step: Any, route: str, agent: str) -> None:
        self.events += 1
        at = place.worker.clock()
        since = client.first_seen if isinstance(client, Client) else at
        event = Event(self.events, at, since, max(client.bucket, int(at / BUCKET_S)), step, route, agent)
        if isinstance(client, Crowd):
            client.arrive(at, route, page=step.kind is Kind.PAGE)
        else:
            event.happens_to(client)
        place.desk.count(client, event)

    def answer(self, place: Place, client: Client, step: Any, status: int) -> None:
        self.events += 1
        event = Event(self.events, 0.0, client.first_seen, client.bucket, step, "", "", status)
        event.happens_to(client)
        place.desk.count(client, event)

    @rule(number=some_worker)
    def first_sights_end(self, number: int) -> None:
        self.end_sights(self.places[number])

    def end_sights(self, place: Place) -> None:
        place.worker.link.loads.open()
        self.loop.run(until(lambda: place.worker.sight._task is None))
        self.check(place)

    @rule(number=some_worker, key=some_key)
    def a_client_is_forgotten(self, number: int, key: str) -> None:
        """Room is needed for others, whoever it is."""
        client = self.places[number].clients.pop(key, None)
        if client is not None:
            self.forgotten(self.places[number], client)

    @rule(number=some_worker, shared=st.booleans(), status=st.sampled_from([0, 200, 404]))
    def all_fall_silent(self, number: int, shared: bool, status: int) -> None:
        """Whoever is settled rests; nobody is queued for an answer that comes late."""
        place = self.places[number]
        if shared:
            self.exchange(number, 1, "all")
        for key, client in list(place.clients.items()):
            if status and isinstance(client, Client):
                self.answer(place, client, STEPS["/"], status)
            if not client.waiting and client.settled:
                self.forgotten(place, client)
                place.clients[key] = type(client).wake(key, client.pack())
                place.desk.wake(client, place.clients[key])

    def forgotten(self, place: Place, client: Shared) -> None:
        client.gone = True
        for member in place.clients.values():
            if isinstance(member, Client) and isinstance(client, Crowd):
                member.subnet = NOBODY if member.subnet is client else member.subnet
                member.fingerprint = NOBODY if member.fingerprint is client else member.fingerprint

    @rule(seconds=st.sampled_from([0.4, 3.0, 11.0, 65.0, 700.0, 4_000.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_(seconds)

    # Exchanges.

    @rule(
        number=some_worker,
        calls=st.integers(1, 3),
        how=st.sampled_from(["well", "all", "due", "refused", "lost"]),
    )
    def exchange(self, number: int, calls: int, how: str) -> None:
        """All that waits now or comes of it, or what is due; calls may never arrive, nor their answers."""
        place = self.places[number]
        link = place.worker.link
        self.end_round(place)
        link.refuses, link.loses = (calls if how == each else 0 for each in ("refused", "lost"))
        share = {"due": place.worker.share, "all": place.worker.share_everything}
        self.loop.run(share.get(how, place.worker.share_once)())
        link.refuses = link.loses = 0
        self.check(place)

    @rule(
        number=some_worker,
        other=some_worker,
        session=st.sampled_from(SESSIONS),
        what=st.sampled_from(["everything", "one", "nothing"]),
        lost=st.booleans(),
    )
    def much_happens_during_an_exchange(
        self, number: int, other: int, session: str, what: str, lost: bool
    ) -> None:
        self.end_round(self.places[number])
        self.request(number, session, "/", "home", "one", 200, False)
        self.exchange(other, 1, "well")
        self.the_store_forgets(what, ADDRESS)
        self.a_long_exchange_begins(number, "answers")
        self.request(number, session, "/shoes", "cart", "two", 200, False)
        self.request(other, session, "/a.css", "", "three", 200, False)
        if other != number:
            self.exchange(other, 1, "well")
        self.a_long_exchange_ends(number, lost)

    @rule(number=some_worker, at=st.sampled_from(["questions", "answers"]))
    def a_long_exchange_begins(self, number: int, at: str) -> None:
        """It reaches the store late, or its answer comes late."""
        place = self.places[number]
        if place.round is not None:
            return
        gate = getattr(place.worker.link, at)
        gate.shut()

        async def begun() -> asyncio.Task[int]:
            task = asyncio.ensure_future(place.worker.push.round(everything=True))
            link = place.worker.link
            await until(lambda: (gate.waiting > 0 and link.under_way == 0) or task.done())
            return task

        place.round = self.loop.run(begun())

    @rule(number=some_worker, lost=st.booleans())
    def a_long_exchange_ends(self, number: int, lost: bool) -> None:
        self.end_round(self.places[number], loses=int(lost))
        self.check(self.places[number])

    def end_round(self, place: Place, loses: int = 0) -> None:
        task, place.round = place.round, None
        link = place.worker.link
        link.questions.open()
        link.answers.open()
        if task is None:
            return

        async def ended() -> None:
            link.loses = loses
            try:
                await task
            except StoreFault:
                assert loses
            link.loses = 0

        self.loop.run(ended())

    @rule(number=some_worker, how=st.sampled_from(["crashes", "stops"]))
    def a_worker_ends(self, number: int, how: str) -> None:
        """At once, or in good order: with a last exchange in which nothing is left over."""
        place = self.places[number]
        self.loop.run(self.cancel(place))
        if how == "stops":
            self.share_all(place)
        self.leave(place)
        self.begin(number)

    def share_all(self, place: Place) -> None:
        """Nothing is left over but what nobody touched, and all of it arrives."""
        self.loop.run(place.worker.share_everything())
        desk = place.desk
        left = {(client.key, event) for client, events in desk.unsent.items() for event in events}

        assert [event for _, event in left if not event.status and not event.told] == []

        self.arrived |= desk.counted - left

    def leave(self, place: Place) -> None:
        self.loop.run(self.cancel(place))
        self.loop.run(place.worker.close())

    async def cancel(self, place: Place) -> None:
        task, place.round = place.round, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        place.worker.link.questions.open()
        place.worker.link.answers.open()

    # The store.

    @rule(what=st.sampled_from(["everything", "one", "nothing", "since"]), key=some_key)
    def the_store_forgets(self, what: str, key: str) -> None:
        """All, one client (it ran out, or room was needed), the script alone, or what came after `save`."""
        ledger = self.ledger
        if what == "nothing" or not self.loses:
            self.operator.script_flush()
            return
        self.lost_some = True
        if what == "one":
            name = self.places[0].worker.names.of(key)
            self.operator.delete(name)
            ledger.forget([name])
            return
        self.operator.flushall()
        ledger.forget({*ledger.stored, *ledger.receipts})
        if what == "since" and self.saved is not None:
            memories, *maps = self.saved
            self.operator.mset(memories)
            ledger.stored, ledger.receipts, ledger.epochs = map(dict, maps)

    @rule()
    def the_store_is_saved(self) -> None:
        memories = {key: self.operator.get(key) for key in self.operator.keys("*")}
        if memories:
            ledger = self.ledger
            self.saved = memories, dict(ledger.stored), dict(ledger.receipts), dict(ledger.epochs)

    # What must hold.

    def check(self, place: Place) -> None:
        """What a worker knows of its clients, where the ledger knows it to the last count."""
        for key, client in place.clients.items():
            if client in place.desk.blurred:
                continue
            told = truth_of(key, place.desk.known[client], self.clock())
            facts = facts_of(client.pack(), self.clock())

            wrong = differences(facts, told, key)
            assert not wrong, (key, wrong)

    def bucket(self, packed: bytes) -> int:
        """Now, or where these windows stand: another clock may be ahead."""
        return max(bucket_of(packed), int(self.clock() / BUCKET_S))

    def settle(self) -> None:
        """Everybody counts once more and shares, twice, so that each hears of all."""
        for place in self.places:
            self.end_sights(place)
            self.end_round(place)
        for number in (*range(WORKERS), *range(WORKERS)):
            for session in SESSIONS:
                self.request(number, session, "/", "", "one", 200, False)
            self.share_all(self.places[number])
            self.check(self.places[number])
        ledger, names = self.ledger, self.places[0].worker.names
        names.turn(self.clocks[0]())
        for name in {*map(names.of, KEYS), *ledger.stored}:
            self.judge(name)
        if not self.lost_some:
            reached = {(key, event) for name, key in ledger.keys.items() for event in ledger.of(name).events}
            assert self.arrived <= reached

    def judge(self, name: Any) -> None:
        """The promises at the head of this file, for one client."""
        ledger = self.ledger
        key, known = ledger.keys[name], ledger.of(name)
        stored = total_of(self.operator.get(name))
        bucket = self.bucket(stored)
        facts, truth = facts_of(stored, bucket), truth_of(key, known, bucket)
        if name in ledger.blurred:
            twice = [truth_of(key, Known(frozenset({event})), bucket) for event in ledger.doubled[key]]
            above = excess(facts, [truth, *twice])
            assert not above, (key, above)
        else:
            wrong = differences(facts, truth, key)
            assert not wrong, (key, wrong)
        if name not in ledger.bereft:
            self.estimate(facts, known.seen)
        believed = [
            client.requests
            for place in self.places
            if (client := place.clients.get(key)) and place.worker.names.of(key) == name
        ]
        assert max(believed, default=0) <= requests_of(stored)

    def estimate(self, facts: Facts, seen: Events) -> None:
        """Sketches tell how many different things there were."""
        requests = {event for event in seen if not event.status}
        pages = {event.step.path_hash for event in requests if event.step.kind in {Kind.PAGE, Kind.API}}
        products = {event.step.path_hash for event in requests if event.route == "product"}
        agents = {event.agent for event in requests}
        for sketch, things in (("paths", pages), ("products", products), ("agents", agents)):
            error = abs(distinct(sketch, facts[0][sketch]) - len(things))
            assert error <= tolerance(sketch, len(things)), (sketch, len(things))


async def until(holds: Callable[[], bool]) -> None:
    """Let others go on until this is so."""
    for _ in range(50_000):
        if holds():
            return
        await asyncio.sleep(0.0002)
    raise TimeoutError


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    Sharing.server = a_server(tmp_path_factory.mktemp("state"))
    with plain(Sharing.server.url) as Sharing.operator:
        yield
    Sharing.server.stop()


TestSharing = Sharing.TestCase
TestSharing.settings = settings(
    max_examples=int(os.environ.get("SHARING_EXAMPLES", "70")),
    stateful_step_count=int(os.environ.get("SHARING_STEPS", "30")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


def test_a_crowd_shares_a_route_that_its_member_told_of_before_the_answer() -> None:
    state = Sharing()
    state.open(offsets=OFFSETS[0], lanes=1, turns=False, loses=False)
    for path, status in (("/", 200), ("/manual.pdf", 0)):
        state.request(0, SESSIONS[0], path, "cart", "one", status, False)
        state.exchange(0, 0, "well")
    state.exchange(0, 0, "well")
    state.all_fall_silent(0, False, 0)

    state.teardown()  # which judges
