"""The route to one server: there is no other to turn to."""

from collections.abc import Sequence

from config.where import Where
from proxy.state.server import Server
from proxy.state.store_fault import StoreFault, Trouble
from proxy.state.wire import Entrance, Reply, packed, values


class Single:
    """Every key is on the same server."""

    lanes = 1

    def __init__(self, where: Where, entrance: Entrance) -> None:
        self._server = Server(where.spots[0], entrance)

    async def exchange(self, command: bytes, key: bytes | None, *, writes: bool) -> Reply:  # noqa: ARG002
        """One packed command and its reply. Raises StoreFault."""
        try:
            return await self._server.exchange(command, writes=writes)
        except StoreFault as fault:
            if fault.trouble is Trouble.READ_ONLY:  # its name may stand for another server by now
                self._server.hang_up()
            raise

    async def load(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys, by one MGET. Raises StoreFault."""
        return values(await self.exchange(packed("MGET", *keys), None, writes=False))

    async def anywhere(self) -> Server:
        """The server whose channels we hear."""
        return self._server

    def faults(self) -> list[StoreFault]:
        """What is wrong now."""
        return [] if self._server.fault is None else [self._server.fault]

    def answers(self) -> bool:
        """True while the store can be used."""
        return self._server.fault is None

    def close(self) -> None:
        """End the connection."""
        self._server.close()
