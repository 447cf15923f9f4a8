"""What a worker counted goes to the store, and the sum of all workers comes back with the answer."""

import asyncio
from itertools import islice
from operator import attrgetter
from uuid import uuid4

from detectors.behaviour.client import Client
from detectors.behaviour.merge import PLACES, MergeFault, pack, subtract
from detectors.value import value
from proxy.state.keys import store_key
from proxy.state.link import Link, Script, StoreFault, Word
from proxy.state.script import CAREFUL, MERGE

BATCH = 128  # clients per call: absorbing their totals holds the event loop for about a millisecond
MAX_DIRTY = (
    50_000  # while the store is away; a client beyond it keeps its counts as long as the table keeps it
)
QUIET_ROUNDS = 20  # a client that counts little is pushed this many rounds after its first count
BUSY_TOUCHES = 8  # one that counts more goes with the next round
FAST_PAGES = 20  # and so does one that has opened this many pages in the running minute, as few people do
ROUND_S = 0.1
HURRY_S = 0.01  # the least pause between two rounds, so that hurried clients still share a call

_STAMP = 1 << 20  # a dirty client's mark holds the round of its first touch above, its touches below this bit
_REQUESTS = PLACES.index("requests") * 4  # the table opens with its four-byte counts
_totals = attrgetter(*PLACES)


@value
class Batch:
    """Deltas on their way. It is kept until its answer came, and sent again under the same number."""

    number: int
    clients: list[Client]
    deltas: list[bytes]
    words: list[Word]


class Push:
    """Collects the clients that counted something and exchanges them with the store, batch by batch."""

    def __init__(self, link: Link, prefix: str, ttl_s: float) -> None:
        self._link = link
        self._prefix = prefix
        self._receipt = f"{prefix}receipt:{uuid4().hex}"
        self._ttl_ms = int(ttl_s * 1000)
        self._merge = Script(MERGE)
        self._number = 0
        self._round = 0
        self._mark = 0
        self._dirty: dict[Client, int] = {}
        self._unsettled: Batch | None = None
        self._hurried = asyncio.Event()
        self.clients_pushed = 0
        self.seeded = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._dirty)

    def touch(self, client: Client) -> None:
        """This client counted something: share it, the sooner the more it counts."""
        self._dirty[client] = self._dirty.get(client, self._mark) + 1

    def hurry(self, client: Client) -> None:
        """This client counted something that the others should know at once."""
        self._dirty[client] = self._dirty.get(client, self._mark) + BUSY_TOUCHES
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
        """Exchange what is due and return how many clients that were. Raises StoreFault; no count is lost."""
        exchanged = 0
        if self._unsettled is not None:
            exchanged += await self._exchange(self._unsettled)
        due = list(self._dirty) if everything else self._due()
        for client in due:
            del self._dirty[client]
        try:
            while due:
                exchanged += await self._exchange(self._cut(due))
        except StoreFault:
            self._put_back(due)
            raise
        return exchanged

    async def probe(self) -> None:
        """Ask the store for a write that changes no client: it tells whether a round would succeed."""
        await self._link.run(self._merge, [self._receipt + ":probe"], [0, self._ttl_ms])

    def _due(self) -> list[Client]:
        self._round += 1
        self._mark = self._round * _STAMP
        old, touches = (self._round - QUIET_ROUNDS) * _STAMP, _STAMP - 1
        return [
            client
            for client, mark in self._dirty.items()
            if mark < old or mark & touches >= BUSY_TOUCHES or client.pages_1m >= FAST_PAGES
        ]

    def _cut(self, due: list[Client]) -> Batch:
        """Take a batch off the end. A client that has a past is pushed carefully: see script.py."""
        clients: list[Client] = []
        deltas: list[bytes] = []
        words: list[Word] = []
        for client in due[-BATCH:]:
            delta = client.delta()
            if delta is not None:
                clients.append(client)
                deltas.append(delta)
                words.append(delta + CAREFUL if _has_past(client, delta) else delta)
        del due[-BATCH:]
        return self._numbered(clients, deltas, words)

    def _numbered(self, clients: list[Client], deltas: list[bytes], words: list[Word]) -> Batch:
        self._number += 1
        return Batch(self._number, clients, deltas, words)

    async def _exchange(self, batch: Batch) -> int:
        if not batch.clients:
            return 0
        self._unsettled = batch
        keys: list[Word] = [self._receipt, *[store_key(self._prefix, client.key) for client in batch.clients]]
        totals = await self._link.run(self._merge, keys, [batch.number, self._ttl_ms, *batch.words])
        self._unsettled = None
        if not isinstance(totals, list):
            return 0
        forgotten: list[int] = []
        for index, merged in enumerate(totals):
            if merged:
                absorb(batch.clients[index], merged, batch.deltas[index])
            else:
                forgotten.append(index)
        if forgotten:
            await self._seed(batch, forgotten)
        self.clients_pushed += len(batch.clients)
        return len(batch.clients)

    async def _seed(self, batch: Batch, forgotten: list[int]) -> None:
        """Give the store back what it knew of these clients before it lost them, with the new counts."""
        clients = [batch.clients[index] for index in forgotten]
        deltas = [batch.deltas[index] for index in forgotten]
        pasts = [
            subtract(pack(_totals(client)), delta) for client, delta in zip(clients, deltas, strict=True)
        ]
        self.seeded += len(clients)
        words: list[Word] = [delta + past for delta, past in zip(deltas, pasts, strict=True)]
        await self._exchange(self._numbered(clients, deltas, words))

    def _put_back(self, due: list[Client]) -> None:
        waiting = dict.fromkeys(due, 0)
        waiting.update(self._dirty)
        self.dropped += max(0, len(waiting) - MAX_DIRTY)
        self._dirty = dict(islice(waiting.items(), MAX_DIRTY))


def _has_past(client: Client, delta: bytes) -> bool:
    return client.requests != int.from_bytes(delta[_REQUESTS : _REQUESTS + 4], "little")


def absorb(client: Client, merged: object, pushed: bytes | None) -> None:
    """Give the store's totals to the client; bytes that are no memory of this layout change nothing."""
    if not isinstance(merged, bytes):
        return
    try:
        client.absorb(merged, pushed)
    except MergeFault:
        return
