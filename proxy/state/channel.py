"""A subscription has a connection of its own; when that ends, the subscriber is told and begins anew."""

import asyncio
from collections.abc import Awaitable, Callable

from proxy.state.server import Server
from proxy.state.store_fault import away
from proxy.state.wire import Wire

MAX_UNHEARD = 10_000  # a subscriber that falls behind so far begins anew, and reloads


class Channel:
    """Hears what is published. `anywhere` finds a server to listen at."""

    def __init__(self, anywhere: Callable[[], Awaitable[Server]]) -> None:
        self._anywhere = anywhere
        self._wire: Wire | None = None
        self._heard: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def subscribe(self, name: str) -> None:
        """Begin to hear this channel. Raises StoreFault."""
        server = await self._anywhere()
        self._wire = await server.listener(self._heard.put_nowait)
        await self._wire.ask("SUBSCRIBE", name)

    async def hear(self, within_s: float) -> bytes | None:
        """The next message; None where none came in time. Raises StoreFault once the connection ended."""
        try:
            async with asyncio.timeout(within_s):
                message = await self._heard.get()
        except TimeoutError:
            return None
        if message is None or self._heard.qsize() > MAX_UNHEARD:
            lost = self._wire.lost if self._wire is not None else None
            raise away(str(lost or "too much was published at once"), sent=False)
        return message

    async def ping(self) -> None:
        """Ask for a sign of life, so that a connection that died in silence is noticed. Raises StoreFault."""
        if self._wire is not None:
            await self._wire.ask("PING")

    def close(self) -> None:
        """Hear no more."""
        if self._wire is not None:
            self._wire.close()
