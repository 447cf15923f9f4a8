"""A cluster: every slot has its own server, and one that is away keeps nobody from the others.

What is known to be away is not asked: a caller gets the fault at once, and one task in the background looks
for the server, or for the one that took its slots over.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any

from config.where import Spot, Where
from proxy.state.keys import TAGS
from proxy.state.server import NO_ANSWER, Server
from proxy.state.shared_task import SharedTask, first, in_order
from proxy.state.slots import Table, slot_of, spot_of_redirection, table_of
from proxy.state.store_fault import StoreFault, Trouble
from proxy.state.wire import Entrance, Reply, packed, values

ASKED_AT_ONCE = 3
ATTEMPTS = 6  # redirections, and tries while the keys of a slot are on their way
TRY_AGAIN_S = 0.02
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.5
REFUSAL_S = 2.0  # a refusal that nobody met again in this time is forgotten

TOPOLOGY = packed("CLUSTER", "SLOTS")
HEALTH = packed("CLUSTER", "INFO")
PING = packed("PING")
NOTHING = {Trouble.MOVED, Trouble.ASK, Trouble.TRY_AGAIN}


class Cluster:
    """The routes to the masters of a cluster."""

    lanes = TAGS

    def __init__(self, where: Where, entrance: Entrance) -> None:
        self._entrance = entrance
        self._seeds = where.spots
        self._servers: dict[Spot, Server] = {}
        self._masters: list[Server] = []
        self._table: Table = []
        self._surveying = SharedTask(self._survey)
        self._mender: asyncio.Task[None] | None = None
        self._doubted = False
        self._fault: StoreFault | None = None
        self._turn = 0

    async def exchange(self, command: bytes, key: bytes | None, *, writes: bool) -> Reply:
        """One packed command and its reply, from the server that holds `key`. Raises StoreFault."""
        if not self._table:
            await self._surveying.result()
        slot = None if key is None else slot_of(key)
        server = self._holder(slot)
        asking = False
        for _ in range(ATTEMPTS - 1):
            try:
                return await server.exchange(command, writes=writes, asking=asking)
            except StoreFault as fault:
                server, asking = await self._after(fault, server, slot)
        return await server.exchange(command, writes=writes, asking=asking)

    async def load(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys; None as well where a shard is away. Raises StoreFault where all are."""
        if not self._table:
            await self._surveying.result()
        slots: dict[int, list[int]] = {}
        for index, key in enumerate(keys):
            slots.setdefault(slot_of(key), []).append(index)
        shares: dict[Server, list[list[int]]] = {}
        for slot, indexes in slots.items():
            server = self._table[slot]
            if server is not None and not server.away:
                shares.setdefault(server, []).append(indexes)
        found: list[bytes | None] = [None] * len(keys)
        answers = await in_order(
            [self._load_from(server, share, keys, found) for server, share in shares.items()]
        )
        if all(isinstance(each, StoreFault) for each in answers):
            self._mend()
            raise next((each for each in answers if isinstance(each, StoreFault)), self._down())
        return found

    async def anywhere(self) -> Server:
        """A server that answers, whose channels carry what is published on any. Raises StoreFault."""
        if not self._table:
            await self._surveying.result()
        return self._holder(None)

    def faults(self) -> list[StoreFault]:
        """What is wrong now, one for every shard that is away."""
        found = [server.fault for server in self._masters if server.fault is not None]
        return [self._fault, *found] if self._fault is not None else found

    def answers(self) -> bool:
        """True while one shard can be used."""
        return self._fault is None and any(server.fault is None for server in self._masters)

    def close(self) -> None:
        """End every connection."""
        self._surveying.cancel()
        if self._mender is not None:
            self._mender.cancel()
        for server in self._servers.values():
            server.close()

    # one exchange

    def _holder(self, slot: int | None) -> Server:
        """The server of a slot, or any that answers. Raises StoreFault, at once, where there is none."""
        if slot is None:
            answering = [server for server in self._masters if not server.away]
            self._turn += 1
            server = answering[self._turn % len(answering)] if answering else None
        else:
            server = self._table[slot]
        if server is None:
            self._doubt()
            raise self._down()
        if server.away:
            self._mend()
            raise StoreFault(str(server.fault), Trouble.AWAY, sent=False)
        return server

    async def _after(self, fault: StoreFault, server: Server, slot: int | None) -> tuple[Server, bool]:
        """Where to ask next after this fault, and whether with ASKING. Raises it where there is no next."""
        if fault.trouble is Trouble.MOVED:
            server = self._server_at(spot_of_redirection(str(fault), server.spot))
            if slot is not None:
                self._table[slot] = server
            self._doubt()
            return server, False
        if fault.trouble is Trouble.ASK:
            return self._server_at(spot_of_redirection(str(fault), server.spot)), True
        if fault.trouble is Trouble.TRY_AGAIN:
            await asyncio.sleep(TRY_AGAIN_S)
            return self._holder(slot), False
        if fault.trouble in NO_ANSWER or fault.trouble in {Trouble.CLUSTER_DOWN, Trouble.READ_ONLY}:
            self._doubt()
        self._mend()
        raise fault

    async def _load_from(
        self, server: Server, share: list[list[int]], keys: Sequence[bytes], found: list[bytes | None]
    ) -> None:
        """Load what one server holds: an MGET for each slot, all in one write. Raises StoreFault."""
        commands = [packed("MGET", *[keys[index] for index in indexes]) for indexes in share]
        refusals: list[StoreFault] = []
        for indexes, reply in zip(share, await server.exchange_all(commands), strict=True):
            if not isinstance(reply, StoreFault):
                for index, each in zip(indexes, values(reply), strict=False):
                    found[index] = each
            elif reply.trouble in NOTHING:  # the slot moves or has moved: each key knows where it is
                singly: list[Coroutine[Any, Any, Reply]] = [
                    self.exchange(packed("GET", keys[index]), keys[index], writes=False) for index in indexes
                ]
                for index, value in zip(indexes, await in_order(singly), strict=True):
                    found[index] = value if isinstance(value, bytes) else None
            else:
                refusals.append(reply)
        if refusals:
            self._mend()
        if len(refusals) == len(share):
            raise refusals[0]

    def _down(self) -> StoreFault:
        return StoreFault("no server of the cluster serves this slot", Trouble.CLUSTER_DOWN, sent=False)

    # the picture of the cluster

    def _server_at(self, spot: Spot) -> Server:
        server = self._servers.get(spot)
        if server is None:
            server = self._servers[spot] = Server(spot, self._entrance)
        return server

    async def _survey(self) -> None:
        """Ask for the table, three servers at a time, first those that answered last. Raises StoreFault."""
        known = sorted((*self._masters, *map(self._server_at, self._seeds)), key=lambda server: server.away)
        candidates = list(dict.fromkeys(known))
        fault = self._down()
        for start in range(0, len(candidates), ASKED_AT_ONCE):
            try:
                self._take(
                    await first([self._told_by(each) for each in candidates[start : start + ASKED_AT_ONCE]])
                )
            except StoreFault as each:
                fault = each
            else:
                return
        if not self._table:
            self._fault = fault
        raise fault

    async def _told_by(self, server: Server) -> Table:
        return table_of(await server.exchange(TOPOLOGY), server.spot, self._server_at)

    def _take(self, table: Table) -> None:
        self._fault = None
        self._table = table
        self._masters = list(dict.fromkeys(server for server in table if server is not None))
        kept = {server.spot for server in self._masters} | set(self._seeds)
        for spot in self._servers.keys() - kept:
            self._servers.pop(spot).hang_up()

    # mending

    def _doubt(self) -> None:
        self._doubted = True
        self._mend()

    def _mend(self) -> None:
        if self._mender is None:
            self._mender = asyncio.get_running_loop().create_task(self._mended(), name="state: cluster")

    async def _mended(self) -> None:
        """Until nothing is wrong: renew the picture, and ask whether the servers that are away are back."""
        pause_s = FIRST_PAUSE_S
        try:
            while self._doubted or self.faults():
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2.0, LONGEST_PAUSE_S)
                self._doubted = False
                with contextlib.suppress(StoreFault):
                    await self._surveying.result()
                await in_order(
                    [self._look_after(server) for server in self._masters if server.fault is not None]
                )
        finally:
            self._mender = None

    async def _look_after(self, server: Server) -> None:
        if server.away:
            await server.exchange(PING)
            return
        forgotten = asyncio.get_running_loop().time() - server.faulted_at > REFUSAL_S
        if server.fault is not None and server.fault.trouble is Trouble.CLUSTER_DOWN:
            health = await server.exchange(HEALTH)
            forgotten = isinstance(health, bytes) and b"cluster_state:ok" in health
        if forgotten:
            server.fault = None
