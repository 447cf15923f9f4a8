"""Sentinels know which server is the master now: they are asked when it fails us, and every second."""

import asyncio
from collections.abc import Sequence
from typing import cast

from config.where import Spot, Where
from proxy.state.server import Server
from proxy.state.shared_task import SharedTask, in_order
from proxy.state.store_fault import StoreFault, Trouble, away
from proxy.state.wire import Entrance, Reply, packed, values

RECHECK_S = 1.0  # a master that was replaced but lives goes on taking what will be lost
ASK_S = 0.25  # a sentinel that says nothing in this time is not waited for
LEAVE = {Trouble.AWAY, Trouble.READ_ONLY, Trouble.LOADING}  # what a master says that may be one no longer


class Sentinels:
    """The route to the master that the sentinels name."""

    lanes = 1

    def __init__(self, where: Where, entrance: Entrance) -> None:
        self._service = where.service
        self._entrance = entrance
        open_door = Entrance(None, None, 0, entrance.tls)
        same_door = Entrance(entrance.username, entrance.password, 0, entrance.tls)
        self._sentinels = [(Server(spot, open_door), Server(spot, same_door)) for spot in where.spots]
        self._server: Server | None = None
        self._doubted = True
        self._asked_at = 0.0
        self._finding = SharedTask(self._find)
        self._fault: StoreFault | None = None

    async def exchange(self, command: bytes, key: bytes | None, *, writes: bool) -> Reply:  # noqa: ARG002
        """One packed command and its reply. Raises StoreFault."""
        server = await self._master()
        try:
            reply = await server.exchange(command, writes=writes)
        except StoreFault as fault:
            if fault.trouble not in LEAVE:
                raise
            self._doubted = True
            if fault.trouble is Trouble.READ_ONLY:
                server.hang_up()
            if fault.sent:
                raise
            elsewhere = await self._master()
            if elsewhere is server:
                raise
            reply = await elsewhere.exchange(command, writes=writes)
        self._doubted = False
        return reply

    async def load(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys, by one MGET. Raises StoreFault."""
        return values(await self.exchange(packed("MGET", *keys), None, writes=False))

    async def anywhere(self) -> Server:
        """The server whose channels we hear. Raises StoreFault."""
        return await self._master()

    def faults(self) -> list[StoreFault]:
        """What is wrong now."""
        fault = self._fault or (self._server.fault if self._server is not None else None)
        return [] if fault is None else [fault]

    def answers(self) -> bool:
        """True while the store can be used."""
        return not self.faults()

    def close(self) -> None:
        """End every connection."""
        self._finding.cancel()
        for server in (self._server, *(each for pair in self._sentinels for each in pair)):
            if server is not None:
                server.close()

    async def _master(self) -> Server:
        """The server that was found, unless it is doubted; where no sentinel answers, the last one known."""
        if self._server is not None and not self._doubted:
            if asyncio.get_running_loop().time() - self._asked_at > RECHECK_S:
                self._finding.begin()
            return self._server
        try:
            return await self._finding.result()
        except StoreFault as fault:
            if self._server is None:
                self._fault = fault
                raise
            return self._server

    async def _find(self) -> Server:
        self._asked_at = asyncio.get_running_loop().time()
        answers = await in_order([self._named(*pair) for pair in self._sentinels])
        found = [each for each in answers if not isinstance(each, StoreFault)]
        if not found:
            raise next(each for each in answers if isinstance(each, StoreFault))
        doubted = None if self._server is None else self._server.spot
        # The highest epoch is what the sentinels agreed on last. During a failover one of them, which leads
        # it, names the new master before the epoch rises.
        _, spot = max(found, key=lambda each: (each[0], each[1] != doubted))
        if self._server is None or self._server.spot != spot:
            if self._server is not None:
                self._server.hang_up()
            self._server = Server(spot, self._entrance)
        self._doubted = False
        self._fault = None
        return self._server

    async def _named(self, sentinel: Server, with_password: Server) -> tuple[int, Spot]:
        """What one sentinel says. Many have no password, some have that of the store."""
        try:
            async with asyncio.timeout(ASK_S):
                try:
                    return await self._asked(sentinel)
                except StoreFault as fault:
                    if self._entrance.password is None or fault.trouble is Trouble.AWAY:
                        raise
                return await self._asked(with_password)
        except TimeoutError:
            raise away(f"{sentinel.spot}: the sentinel does not answer", sent=False) from None
        except StoreFault as fault:
            raise StoreFault(f"sentinel {sentinel.spot}: {fault}", fault.trouble, sent=False) from None

    async def _asked(self, sentinel: Server) -> tuple[int, Spot]:
        facts, address = await sentinel.exchange_all(
            [
                packed("SENTINEL", "MASTER", self._service),
                packed("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._service),
            ]
        )
        if isinstance(facts, StoreFault):
            raise facts
        return _epoch(facts), _spot(address)


def _epoch(facts: Reply) -> int:
    words = facts if isinstance(facts, list) else []
    named = dict(zip(words[::2], words[1::2], strict=False)) if b"config-epoch" in words else {}
    return int(cast("bytes", named.get(b"config-epoch", b"0")))


def _spot(address: Reply | StoreFault) -> Spot:
    try:
        host, port = cast("list[bytes]", address)
        return Spot(host.decode(), int(port))
    except (TypeError, ValueError):
        raise StoreFault(f"its answer names no server: {address!r}", sent=False) from None
