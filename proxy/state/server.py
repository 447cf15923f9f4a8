"""One server of the store: a connection that is made when it is needed, and how its last answer was."""

import asyncio
from collections.abc import Callable, Sequence

from config.where import Spot
from proxy.state.shared_task import SharedTask
from proxy.state.store_fault import StoreFault, Trouble
from proxy.state.wire import Entrance, Reply, Wire, answer, dial, packed

ASKING = packed("ASKING")
REDIRECTIONS = {Trouble.NO_SCRIPT, Trouble.MOVED, Trouble.ASK, Trouble.TRY_AGAIN}
NO_ANSWER = {Trouble.AWAY, Trouble.NO_ENTRY, Trouble.LOADING}
REFUSES_WRITES = {Trouble.FULL, Trouble.READ_ONLY, Trouble.CLUSTER_DOWN, Trouble.OTHER}


class Server:
    """Exchanges with one address. `fault` is None while all is well, else why the last exchange failed."""

    __slots__ = ("_connecting", "_entrance", "_wire", "fault", "faulted_at", "spot")

    def __init__(self, spot: Spot, entrance: Entrance) -> None:
        self.spot = spot
        self.fault: StoreFault | None = None
        self.faulted_at = 0.0
        self._entrance = entrance
        self._wire: Wire | None = None
        self._connecting = SharedTask(self._connect)

    @property
    def away(self) -> bool:
        """True where the last exchange got no answer at all."""
        return self.fault is not None and self.fault.trouble in NO_ANSWER

    async def exchange(self, command: bytes, *, writes: bool = False, asking: bool = False) -> Reply:
        """One packed command and its reply. Raises StoreFault.

        A read that succeeds says nothing about a server that refused to write.
        """
        try:
            wire = self._wire
            if wire is None or wire.lost is not None:
                wire = await self._connecting.result()
            if asking:  # it counts for the next command only, so both go at once
                reply = answer(await wire.send(ASKING + command, 2)[1])
            else:
                reply = answer(await wire.send(command)[0])
        except StoreFault as fault:
            self._blame(fault)
            raise
        if self.fault is not None and (writes or self.fault.trouble not in REFUSES_WRITES):
            self.fault = None
        return reply

    async def exchange_all(self, commands: Sequence[bytes]) -> list[Reply | StoreFault]:
        """Many reads in one write, each answered or refused by itself. Raises StoreFault if unconnected."""
        try:
            wire = self._wire
            if wire is None or wire.lost is not None:
                wire = await self._connecting.result()
        except StoreFault as fault:
            self._blame(fault)
            raise
        return [self._judged(await future) for future in wire.send(b"".join(commands), len(commands))]

    async def listener(self, heard: Callable[[bytes | None], None]) -> Wire:
        """A connection of its own, for channels. Raises StoreFault."""
        return await dial(self.spot, self._entrance, heard)

    def hang_up(self) -> None:
        """Let go of the connection once all is answered; the next exchange makes one, and asks DNS again."""
        self._connecting.cancel()
        if self._wire is not None:
            self._wire.retire()
            self._wire = None

    def close(self) -> None:
        """End the connection at once."""
        self._connecting.cancel()
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    async def _connect(self) -> Wire:
        self._wire = await dial(self.spot, self._entrance)
        return self._wire

    def _judged(self, result: object) -> Reply | StoreFault:
        try:
            return answer(result)
        except StoreFault as fault:
            self._blame(fault)
            return fault

    def _blame(self, fault: StoreFault) -> None:
        if fault.trouble not in REDIRECTIONS:
            self.fault = fault
            self.faulted_at = asyncio.get_running_loop().time()
