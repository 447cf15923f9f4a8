"""What a worker counted goes to the store, and the sum of all workers comes back with the answer."""

import asyncio
import time
from collections.abc import Callable, Iterable
from uuid import uuid4

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import NOBODY
from detectors.behaviour.memory import EPOCH, MemoryFault, failed_logins_of, requests_of
from detectors.behaviour.merge import as_told
from detectors.value import value
from proxy.state.hold import Hold
from proxy.state.keys import TAGS, Names
from proxy.state.link import Link, Reply, Script, StoreFault, Word
from proxy.state.pace import Pace, Shared
from proxy.state.script import ALONE, MERGE, WORD
from proxy.state.table import FORGOTTEN

BATCH = 32  # clients per call: cutting them holds the event loop for half a millisecond
MAX_QUEUED = 50_000  # beyond it, clients that hardly count are not shared, only remembered here
MOST_QUEUED = 2 * MAX_QUEUED  # beyond it nobody else is: a queued client stays in memory until it is shared
FEW_REQUESTS = 3
TURN_S = 30.0  # a client that is far from every limit is shared this often
ROUND_S = 0.1
HURRY_S = 0.01  # the least pause between two rounds, so that hurried clients still share a call
CROWDED = 30_000  # queued clients beyond which the wheel turns faster, by a tag for each thousand
NEWCOMER_TTL_S = 2 * 3600.0
NEVER = 2**62
LONGEST_ALONE = len(ALONE) + EPOCH.size


@value
class Batch:
    """Deltas on their way. It is kept until its answer came, and sent again under the same number."""

    number: int
    clients: list[Shared]
    keys: list[Word]
    deltas: list[bytes]
    words: list[Word]


class Lane:
    """What is exchanged one batch after the other: with one server all, with a cluster each hash tag."""

    __slots__ = ("number", "receipt", "unsettled")

    def __init__(self, receipt: bytes) -> None:
        self.receipt = receipt
        self.number = 0
        self.unsettled: Batch | None = None


class Push:
    """Queues the clients that counted something and exchanges them with the store, batch by batch.

    The quiet wait in a wheel of `TAGS` lists, one of which comes round every moment. In a cluster a list is
    for one hash tag, so that its clients may share a call. The others go with the next round.
    """

    def __init__(
        self,
        link: Link,
        names: Names,
        pace: Pace,
        ttl_s: float,
        clock: Callable[[], float] = time.time,
        hold: Hold | None = None,
    ) -> None:
        self._link = link
        self._hold = Hold() if hold is None else hold
        self._names = names
        self._pace = pace
        self._clock = clock
        self._ttl_ms = int(ttl_s * 1000)
        self._newcomer_ttl_ms = int(min(ttl_s, NEWCOMER_TTL_S) * 1000)
        self._merge = Script(MERGE)
        self._spread = link.lanes > 1
        names.turn(clock())  # clients are queued and loaded by their names before the first round
        worker = uuid4().hex
        self._lanes = [Lane(names.tagged(tag, f"receipt:{worker}")) for tag in range(TAGS)]
        self._wheel: list[list[Shared]] = [[] for _ in range(TAGS)]
        self._soon: dict[Shared, None] = {}  # a set that keeps the order
        self._turned_at = 0.0
        self._tag = 0
        self._queued = 0
        self._probes = 0
        self._hurried = asyncio.Event()
        self._still = asyncio.Event()  # set while nothing is on its way
        self._still.set()
        self.clients_pushed = 0
        self.seeded = 0
        self.dropped = 0
        self.failures = 0

    def __len__(self) -> int:
        return self._queued

    def touch(self, client: Shared) -> None:
        """This client counted something: share it, the sooner the nearer it is to a limit."""
        if client.requests < client.share_at and client.pages < client.share_at_page:
            if not client.waiting:
                self._queue(client)
        elif client.share_at:
            self.hurry(client)
        else:
            self._begin(client)

    def hurry(self, client: Shared) -> None:
        """This client counted something that the others should know at once."""
        if not client.waiting and not self._queue(client):
            return
        client.share_at = client.share_at_page = NEVER  # until its totals come
        self._soon[client] = None
        self._hurried.set()

    async def pause(self) -> None:
        """Wait for the next round, or for the first client in a hurry."""
        await asyncio.sleep(HURRY_S)
        try:
            async with asyncio.timeout(ROUND_S - HURRY_S):
                await self._hurried.wait()
        except TimeoutError:
            pass
        self._hurried.clear()

    async def round(self, everything: bool = False) -> int:
        """Exchange what is due and return how many clients that were. Raises StoreFault; no count is lost.

        While one shard of a cluster can be used, those that are away are `failures`, and no fault.
        """
        self._names.turn(self._clock())
        due = self._due(everything)
        lanes = {*due, *(index for index, lane in enumerate(self._lanes) if lane.unsettled is not None)}
        self._still.clear()
        try:
            served = await asyncio.gather(
                *[self._serve(self._lanes[index], due.get(index, [])) for index in lanes],
                return_exceptions=True,
            )
        finally:
            self._still.set()
        for outcome in served:
            if isinstance(outcome, StoreFault) and self._spread and self._link.up:
                self.failures += 1
            elif isinstance(outcome, BaseException):
                raise outcome
        return sum(outcome for outcome in served if isinstance(outcome, int))

    async def forget_held(self) -> None:
        """Drop what waits to be shared about whoever is held; return once nothing of it is on its way."""
        self._soon = dict.fromkeys(self._others(self._soon))
        for tag, place in enumerate(self._wheel):
            self._wheel[tag] = others = self._others(place)
            self._queued -= len(place) - len(others)
            await asyncio.sleep(0)
        for lane in self._lanes:
            if lane.unsettled is not None:
                lane.unsettled = self._without_held(lane.unsettled)
        await self._still.wait()

    async def probe(self) -> None:
        """Ask the store for a write that changes no client: it tells whether a round would succeed."""
        receipt = self._lanes[self._tag].receipt  # of any shard, each in its turn
        self._probes += 1  # a number that was there before would write nothing
        await self._link.run(self._merge, [receipt + b":probe"], [self._probes, 1000, 1000])

    def _begin(self, client: Shared) -> None:
        """Plan for a client that woke, or that nobody told us of; one that is asked about waits for that."""
        if client.known:
            self._pace.begin(client, self._clock())
        if not client.waiting:
            self._queue(client)

    def _queue(self, client: Shared) -> bool:
        if self._hold and self._hold.covers(client.key):
            return False
        if self._queued >= (MAX_QUEUED if client.requests <= FEW_REQUESTS else MOST_QUEUED):
            self.dropped += 1
            return False
        client.waiting = True
        if self._spread:
            client.name = self._names.of(client.key)
            place = self._names.tag_of(client.name)
        else:
            place = self._tag - 1  # whose turn has just been
        self._wheel[place].append(client)
        self._queued += 1
        return True

    def _due(self, everything: bool) -> dict[int, list[Shared]]:
        """The hurried, and those whose turn has come, each once, by lane."""
        due: dict[int, list[Shared]] = {}
        spread = self._spread
        hurried, self._soon = self._soon, {}
        for client in hurried:
            due.setdefault(self._names.tag_of(client.name) if spread else 0, []).append(client)
        for tag in range(TAGS) if everything else self._turned():
            turned, self._wheel[tag] = self._wheel[tag], []
            self._queued -= len(turned)
            for client in turned:
                client.waiting = False
            # Twice in a batch, each of a crowd's two deltas would be in the past that goes with the other.
            quiet = [client for client in turned if client not in hurried]
            if quiet:
                due.setdefault(tag if spread else 0, []).extend(quiet)
        return due

    def _turned(self) -> list[int]:
        """The tags whose turn it is; the more wait, the faster the wheel turns."""
        now, width_s = self._clock(), TURN_S / TAGS
        if not 0.0 <= now - self._turned_at < TURN_S:  # the first time, or a clock that was set
            self._turned_at = now
        passed = int((now - self._turned_at) / width_s)
        self._turned_at += passed * width_s
        turns = min(TAGS, passed + max(0, self._queued - CROWDED) // 1000)
        first, self._tag = self._tag, (self._tag + turns) % TAGS
        return [(first + turn) % TAGS for turn in range(turns)]

    async def _serve(self, lane: Lane, due: list[Shared]) -> int:
        exchanged = 0
        try:
            if lane.unsettled is not None:
                exchanged += await self._exchange(lane, lane.unsettled)
            while due:
                exchanged += await self._exchange(lane, self._cut(lane, due))
        finally:
            for client in due:  # left over by a fault
                if client.share_at == NEVER:
                    self._soon[client] = None
                if not client.waiting:
                    self._queue(client)
        return exchanged

    def _cut(self, lane: Lane, due: list[Shared]) -> Batch:
        """Take a batch off the end, and tell the crowds what their members counted."""
        batch = Batch(lane.number + 1, [], [lane.receipt], [], [])
        for client in due[-BATCH:]:
            if self._is_forgotten(client):
                continue
            delta = client.cut()
            if delta is None:
                if client.share_at == NEVER:
                    self._pace.plan(client, 1, 1, self._clock())
                continue
            client.on_way = True  # it may not rest now: what the answer tells of its epoch would be lost
            if isinstance(client, Client):
                self._tell_crowds(client, delta)
            if (
                not self._spread
            ):  # else the tag of the name is that of the batch, also when names have changed
                client.name = self._names.of(client.key)
            batch.clients.append(client)
            batch.keys.append(client.name)
            batch.deltas.append(delta)
            known = 0 if client.base is None else requests_of(client.base) - requests_of(delta)
            batch.words.append(WORD.pack(client.shares - 1, known, len(delta)) + delta)
        del due[-BATCH:]
        return batch

    def _others(self, clients: Iterable[Shared]) -> list[Shared]:
        """Those who are not held; the others are not to be shared any more."""
        others = []
        for client in clients:
            if self._hold.covers(client.key):
                client.rank = FORGOTTEN
                client.waiting = False
            else:
                others.append(client)
        return others

    def _is_forgotten(self, client: Shared) -> bool:
        return client.rank == FORGOTTEN or (bool(self._hold) and self._hold.covers(client.key))

    def _without_held(self, batch: Batch) -> Batch | None:
        """The batch under its number, as it is when it must be sent again; None where nobody is left.

        A store that merged the whole of it before answers the receipt's number with totals alone.
        """
        kept = [place for place, client in enumerate(batch.clients) if not self._is_forgotten(client)]
        if not kept:
            return None
        return Batch(
            batch.number,
            [batch.clients[place] for place in kept],
            [batch.keys[0], *(batch.keys[place + 1] for place in kept)],
            [batch.deltas[place] for place in kept],
            [batch.words[place] for place in kept],
        )

    def _tell_crowds(self, client: Client, delta: bytes) -> None:
        news, share = as_told(delta), self.hurry if failed_logins_of(delta) else self.touch
        for crowd in (client.subnet, client.asn, client.fingerprint, client.tls, client.account):
            if crowd is not NOBODY:
                crowd.fold(news)
                share(crowd)

    async def _exchange(self, lane: Lane, batch: Batch) -> int:
        if not batch.clients:
            await asyncio.sleep(0)  # looking for something to send takes its time as well
            return 0
        lane.number = batch.number
        lane.unsettled = batch
        words = [batch.number, self._ttl_ms, self._newcomer_ttl_ms, *batch.words]
        totals = await self._link.run(self._merge, batch.keys, words)
        lane.unsettled = None
        forgotten = self._settle(batch, totals if isinstance(totals, list) else [])
        if forgotten:
            await self._seed(lane, batch, forgotten)
        self.clients_pushed += len(batch.clients)
        return len(batch.clients)

    def _settle(self, batch: Batch, totals: list[Reply]) -> list[int]:
        """Give the clients their totals; the places of those whom the store has forgotten."""
        now, forgotten = self._clock(), []
        for client in batch.clients:
            client.on_way = False
        for index, merged in enumerate(totals):
            client = batch.clients[index]
            if not isinstance(merged, bytes):
                continue
            if not merged:
                forgotten.append(index)
                continue
            ours, before = requests_of(batch.deltas[index]), client.requests
            if merged.startswith(ALONE) and len(merged) <= LONGEST_ALONE:
                client.known = True
                if len(merged) == LONGEST_ALONE:
                    client.begin_epoch(merged[1:])
                if client.share_at == NEVER:
                    self._pace.plan(client, ours, ours, now)
                continue
            try:
                client.absorb(merged)
            except MemoryFault:  # somebody else wrote to this key
                self._pace.begin(client, now)
                continue
            self._pace.plan(client, ours, ours + client.requests - before, now)
        return forgotten

    async def _seed(self, lane: Lane, batch: Batch, forgotten: list[int]) -> None:
        """Give the store back what it knew of these clients before it lost them, with the new counts."""
        self.seeded += len(forgotten)
        again = Batch(lane.number + 1, [], [lane.receipt], [], [])
        for index in forgotten:
            client, delta = batch.clients[index], batch.deltas[index]
            if self._is_forgotten(client):
                continue
            client.on_way = True
            again.clients.append(client)
            again.keys.append(batch.keys[index + 1])
            again.deltas.append(delta)
            again.words.append(WORD.pack(0, 0, len(delta)) + delta + client.past(delta))
        await self._exchange(lane, again)
