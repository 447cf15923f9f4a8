"""What this worker counted goes to the store, and the sum of all workers comes back in the same round trip."""

from itertools import islice
from uuid import uuid4

from detectors.behaviour.client import Client
from detectors.behaviour.merge import MergeFault
from detectors.value import value
from proxy.state.keys import store_key
from proxy.state.link import Link, Script, StoreFault, Word
from proxy.state.script import MERGE

BATCH = 128  # clients per call: absorbing their totals holds the event loop for about a millisecond
MAX_DIRTY = (
    50_000  # while the store is away; a client beyond it keeps its own counts as long as the table keeps it
)


@value
class Batch:
    """Deltas on their way. It is kept until its answer came, and sent again under the same number."""

    number: int
    clients: list[Client]
    deltas: list[bytes]


class Push:
    """Collects the clients that counted something and exchanges them with the store, batch by batch."""

    def __init__(self, link: Link, prefix: str, ttl_s: float) -> None:
        self._link = link
        self._prefix = prefix
        self._receipt = f"{prefix}receipt:{uuid4().hex}"
        self._ttl_ms = int(ttl_s * 1000)
        self._merge = Script(MERGE)
        self._number = 0
        self._unsettled: Batch | None = None
        self.dirty: dict[Client, None] = {}
        self.clients_pushed = 0
        self.dropped = 0

    @property
    def unsettled(self) -> bool:
        """True while a batch waits to be sent again."""
        return self._unsettled is not None

    async def round(self) -> None:
        """Exchange everything that is dirty now. Raises StoreFault; nothing that was counted is lost by it."""
        if self._unsettled is not None:
            await self._exchange(self._unsettled)
        due, self.dirty = self.dirty, {}
        try:
            while due:
                batch = self._cut(due)
                if batch.clients:
                    self._unsettled = batch
                    await self._exchange(batch)
        except StoreFault:
            self._put_back(due)
            raise

    async def probe(self) -> None:
        """Ask the store for a write that changes no client: it tells whether a round would succeed."""
        await self._link.run(self._merge, [self._receipt + ":probe"], [0, self._ttl_ms])

    def _cut(self, due: dict[Client, None]) -> Batch:
        clients: list[Client] = []
        deltas: list[bytes] = []
        while due and len(clients) < BATCH:
            client, _ = due.popitem()
            delta = client.delta()
            if delta is not None:
                clients.append(client)
                deltas.append(delta)
        self._number += 1
        return Batch(self._number, clients, deltas)

    async def _exchange(self, batch: Batch) -> None:
        keys = [self._receipt, *(store_key(self._prefix, client.key) for client in batch.clients)]
        arguments: list[Word] = [batch.number, self._ttl_ms, *batch.deltas]
        totals = await self._link.run(self._merge, keys, arguments)
        self._unsettled = None
        if not isinstance(totals, list):
            return
        for client, delta, merged in zip(batch.clients, batch.deltas, totals, strict=True):
            absorb(client, merged, delta)
        self.clients_pushed += len(batch.clients)

    def _put_back(self, due: dict[Client, None]) -> None:
        due.update(self.dirty)
        self.dropped += max(0, len(due) - MAX_DIRTY)
        self.dirty = dict.fromkeys(islice(due, MAX_DIRTY))


def absorb(client: Client, merged: object, pushed: bytes | None) -> None:
    """Give the store's totals to the client; bytes that are no memory of this layout change nothing."""
    if not isinstance(merged, bytes) or not merged:
        return
    try:
        client.absorb(merged, pushed)
    except MergeFault:
        return
