"""Workers that share through a store know what one would have known, whatever happens in between.

Any interleaving of requests, exchanges, lost answers, refusals, crashes, and of a store that forgets all or
goes back to an older state. What is promised, and asserted here:

- As long as the store lost nothing, it holds exactly the requests that reached it: every sum, every window,
  every time, and every sketch bit by bit. A worker that crashes takes along what it had not shared, and
  nothing else. A batch that is sent again counts once.
- After the store lost something, it never holds more than the requests that reached it, and in the end it
  knows as many requests as any living worker believes. It may know fewer than reached it: pasts are joined by
  maximum, so of what two workers knew apart only the larger counts. One thing is counted twice: a batch that
  the store had merged, whose answer was lost, and which another worker gave back to the store as part of its
  past. The ledger knows how many those are.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import redis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.memory import COUNTERS, PLACES, requests_of
from detectors.behaviour.step import step_of
from detectors.behaviour.windows import BUCKET_S
from proxy.state.embedded import EmbeddedStore
from tests.support.ledger import Desk, Event, Ledger, single
from tests.support.memories import whole
from tests.support.requests import a_request
from tests.support.sharing import Worker
from tests.support.stores import Clock, a_server, plain

WORKERS = 3
KEYS = ("shop/203.0.113.7", "shop/s=abc")
CROWD = "shop/n=203.0.113.0/24"
PATHS = ("/", "/shoes", "/product/1", "/product/2", "/a.css", "/a.png", "/api/x", "/robots.txt")
STEPS = {path: step_of(a_request(path)) for path in PATHS}
# What follows an order is exact per worker only; see Client. How often one shared is its own matter.
OWN = {"gaps", "gap_ms", "gap_square", "longest_gap_ms", "longest_run", "numbers", "sequential", "shares"}
ADDED = sorted(COUNTERS - OWN)

some_worker = st.integers(0, WORKERS - 1)
some_key = st.sampled_from(KEYS)
Facts = tuple[dict[str, Any], dict[int, list[int]]]


def facts_of(packed: bytes, key: str, now: float) -> Facts:
    """All that does not depend on who saw which part; of a crowd its requests, which are its own."""
    places, _, lanes = whole(packed, int(now / BUCKET_S))
    facts = {name: place for name, place in zip(PLACES, places, strict=True) if name not in OWN}
    if key != CROWD:
        return facts, lanes
    return {"requests": facts["requests"]}, {lane: words for lane, words in lanes.items() if lane == 0}


def within(facts: Facts, bounds: list[Facts]) -> bool:
    """True where no count and no word is above the sum of all bounds."""
    counts, lanes = facts
    for name in set(ADDED) & counts.keys():
        if counts[name] > sum(bound[name] for bound, _ in bounds):
            return False
    return all(
        word <= sum(words[lane][place] for _, words in bounds if lane in words)
        for lane, words_here in lanes.items()
        for place, word in enumerate(words_here)
    )


class Sharing(RuleBasedStateMachine):
    """Three workers, one store, two clients and the crowd that both belong to."""

    server: EmbeddedStore
    operator: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.operator.flushall()
        self.loop = asyncio.Runner()
        self.clock, self.ledger = Clock(), Ledger()
        self.workers: list[Worker] = []
        self.desks: list[Desk] = []
        self.events = 0
        self.lost_some = False  # the store lost something
        self.saved: tuple[dict[bytes, bytes], dict, dict] | None = None
        self.crowds: list[Crowd] = []
        for _ in range(WORKERS):
            self.begin(len(self.workers))

    def begin(self, place: int) -> None:
        """A worker starts in this place."""

        async def made() -> Worker:
            worker, crowd = Worker(self.server.url, self.clock), Crowd(CROWD, self.clock())
            await worker.meet(crowd)
            self.workers[place:] = [worker, *self.workers[place + 1 :]]
            self.crowds[place:] = [crowd, *self.crowds[place + 1 :]]
            return worker

        worker = self.loop.run(made())
        for key in (*KEYS, CROWD):
            self.ledger.keys[worker.names.of(key)] = key
        desk = self.ledger.follow(worker)
        desk.meet(CROWD, self.ledger.of(CROWD))
        self.desks[place:] = [desk, *self.desks[place + 1 :]]

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            for worker in self.workers:
                self.loop.run(worker.close())
            self.loop.close()

    @rule(
        place=some_worker,
        key=some_key,
        path=st.sampled_from(PATHS),
        route=st.sampled_from(["", "home", "product", "cart", "trap"]),
        status=st.sampled_from([200, 302, 404, 503]),
    )
    def request(self, place: int, key: str, path: str, route: str, status: int) -> None:
        worker, desk, crowd = self.workers[place], self.desks[place], self.crowds[place]
        new = key not in worker.clients
        client = self.loop.run(worker.client(key))
        if new:
            desk.meet(key, self.ledger.of(key))
        self.events += 1
        event = Event(self.events, self.clock(), STEPS[path], route, status)
        event.happens_to(client)
        desk.count(key, event)
        client.subnet = crowd
        crowd.arrive(event.at)
        desk.count(CROWD, event)
        worker.push.touch(client)
        worker.push.touch(crowd)

    @rule(seconds=st.sampled_from([0.4, 3.0, 11.0, 65.0, 700.0, 4_000.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_(seconds)

    @rule(place=some_worker)
    def exchange(self, place: int) -> None:
        unsent = [key for key, events in self.desks[place].unsent.items() if events]
        shared = self.loop.run(self.workers[place].share_once())

        assert shared is not None
        if not self.lost_some:
            self.compare(place, unsent)

    @rule(place=some_worker)
    def exchange_what_is_due(self, place: int) -> None:
        self.loop.run(self.workers[place].share())

    @rule(place=some_worker, calls=st.integers(1, 2))
    def exchange_whose_answer_is_lost(self, place: int, calls: int) -> None:
        link = self.workers[place].link
        link.loses = calls
        self.loop.run(self.workers[place].share_once())
        link.loses = 0

    @rule(place=some_worker)
    def exchange_that_is_refused(self, place: int) -> None:
        link = self.workers[place].link
        link.refuses = 1
        self.loop.run(self.workers[place].share_once())
        link.refuses = 0

    @rule(place=some_worker)
    def crash(self, place: int) -> None:
        self.loop.run(self.workers[place].close())
        self.begin(place)

    @rule(place=some_worker, key=some_key)
    def rest(self, place: int, key: str) -> None:
        worker = self.workers[place]
        client = worker.clients.get(key)
        sending = [batch.clients for lane in worker.push._lanes if (batch := lane.unsettled)]
        if client and client.settled and not client.waiting and not any(client in each for each in sending):
            worker.clients[key] = Client.wake(key, client.pack())

    @rule()
    def the_script_is_forgotten(self) -> None:
        self.operator.script_flush()

    @rule()
    def the_store_is_saved(self) -> None:
        memories = {key: self.operator.get(key) for key in self.operator.keys("*")}
        self.saved = memories, dict(self.ledger.stored), dict(self.ledger.receipts)

    @precondition(lambda self: self.saved is not None)
    @rule()
    def the_store_goes_back(self) -> None:
        assert self.saved is not None
        memories, stored, receipts = self.saved
        self.operator.flushall()
        if memories:
            self.operator.mset(memories)
        self.ledger.stored, self.ledger.receipts = dict(stored), dict(receipts)
        self.lost_some = True

    @rule()
    def the_store_forgets_all(self) -> None:
        self.operator.flushall()
        self.ledger.stored, self.ledger.receipts = {}, {}
        self.lost_some = True

    def compare(self, place: int, keys: Iterable[str]) -> None:
        """Whoever has just shared a client knows of it what the store knows."""
        for key in keys:
            client = self.crowds[place] if key == CROWD else self.workers[place].clients[key]
            told = single(key, self.ledger.of(key)).pack()

            assert facts_of(client.pack(), key, self.clock()) == facts_of(told, key, self.clock())

    def settle(self) -> None:
        """Everybody counts once more and shares, twice, so that each hears of all."""
        for place in (*range(WORKERS), *range(WORKERS)):
            for key in tuple(self.workers[place].clients) or KEYS[:1]:
                self.request(place, key, "/", "", 200)
            self.loop.run(self.workers[place].share_everything())
        for key in (*KEYS, CROWD):
            if self.ledger.of(key):
                self.judge(key)

    def judge(self, key: str) -> None:
        """The promises at the head of this file, for one client."""
        stored = self.operator.get(self.workers[0].names.of(key))
        facts = facts_of(stored, key, self.clock())
        whole_truth, *more = (
            facts_of(single(key, events).pack(), key, self.clock())
            for events in (self.ledger.of(key), *({event} for event in self.ledger.doubled.get(key, ())))
        )
        believed = [
            client.requests
            for worker, crowd in zip(self.workers, self.crowds, strict=True)
            for client in (crowd if key == CROWD else worker.clients.get(key),)
            if client is not None
        ]

        assert max(believed, default=0) <= requests_of(stored)
        if self.lost_some:
            assert within(facts, [whole_truth, *more])
        else:
            assert (facts, more) == (whole_truth, [])


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    Sharing.server = a_server(tmp_path_factory.mktemp("state"))
    with plain(Sharing.server.url) as Sharing.operator:
        yield
    Sharing.server.stop()


TestSharing = Sharing.TestCase
TestSharing.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
