"""Workers whose sharing goes step by step, over a link that can be made to fail."""

import asyncio
from collections.abc import Callable, Sequence

from detectors.behaviour.client import Client
from proxy.state.keys import Names
from proxy.state.link import Link, Reply, Script, StoreFault, Word
from proxy.state.pace import Limits, Pace, Shared
from proxy.state.push import Push
from proxy.state.sight import FirstSight

TTL_S = 48 * 3600.0
PATIENCE_S = 5.0


class TrickyLink:
    """A link to a real server that can refuse a call, hold it for a while, or lose its answer."""

    def __init__(self, url: str, lanes: int) -> None:
        self._link = Link(url)
        self.lanes = lanes
        self.refuses = 0  # so many of the next calls
        self.loses = 0
        self.under_way = 0  # calls that the store may be doing now
        self.questions, self.answers, self.loads = Gate(), Gate(), Gate()
        self.asked: Callable[[Sequence[Word], Sequence[Word]], None] = lambda *_: None
        self.obeyed: Callable[[Sequence[Word], Sequence[Word], Reply], None] = lambda *_: None
        self.heard: Callable[[Sequence[Word], Sequence[Word], Reply], None] = lambda *_: None
        self.read: Callable[[Sequence[bytes]], None] = lambda *_: None
        self.calls: list[tuple[list[Word], list[Word]]] = []  # keys and arguments of every script call

    @property
    def up(self) -> bool:
        return True

    async def run(self, script: Script, keys: Sequence[Word], arguments: Sequence[Word]) -> Reply:
        self.calls.append((list(keys), list(arguments)))
        self.asked(keys, arguments)
        await self.questions.passed()
        if self.refuses:
            self.refuses -= 1
            raise StoreFault("refused by the test", sent=False)
        self.under_way += 1
        try:
            reply = await self._link.run(script, keys, arguments)
        finally:
            self.under_way -= 1
        self.obeyed(keys, arguments, reply)
        await self.answers.passed()
        if self.loses:
            self.loses -= 1
            raise StoreFault("the answer was lost by the test")
        self.heard(keys, arguments, reply)
        return reply

    async def load(self, keys: Sequence[bytes]) -> list[bytes | None]:
        found = await self._link.load(keys)
        self.read(keys)
        await self.loads.passed()
        return found

    async def close(self) -> None:
        await self._link.close()


class Gate:
    """Where calls wait while it is shut."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = 0

    @property
    def is_shut(self) -> bool:
        return not self._open.is_set()

    def shut(self) -> None:
        """Whoever comes now waits."""
        self._open.clear()

    def open(self) -> None:
        """Everybody may go on."""
        self._open.set()

    async def passed(self) -> None:
        """Go through, once it is open."""
        self.waiting += 1
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1


class Worker:
    """One worker's clients and their sharing; nothing happens between two calls. Made inside a loop.

    With `lanes` above 1 it speaks as to a cluster.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], float],
        *,
        limits: Limits | None = None,
        secret: bytes = b"secret",
        rotation_s: float | None = None,
        lanes: int = 1,
    ) -> None:
        self.clock = clock
        self.link = TrickyLink(url, lanes)
        self.names, self.pace = Names("test:", secret, rotation_s), Pace(limits)
        self.push = Push(self.link, self.names, self.pace, TTL_S, clock)  # type: ignore[arg-type]
        self.sight = FirstSight(self.link, self.names, self.pace, PATIENCE_S, clock)  # type: ignore[arg-type]
        self.clients: dict[str, Client] = {}

    async def meet(self, client: Shared) -> None:
        """Load what the store knows of a client that is new here."""
        ready = asyncio.Event()
        self.sight.see(client, ready.set)
        await ready.wait()

    async def client(self, key: str) -> Client:
        """The client of this key, loaded at first sight."""
        if key not in self.clients:
            self.clients[key] = Client(key, self.clock())
            await self.meet(self.clients[key])
        return self.clients[key]

    async def share(self, *clients: Shared) -> bool:
        """Exchange these, and whatever else is due, in one round; False where that failed."""
        for client in clients:
            self.push.hurry(client)
        try:
            await self.push.round()
        except StoreFault:
            return False
        return True

    async def share_everything(self) -> None:
        """Exchange until nothing is left."""
        while await self.share_once() != 0:
            pass

    async def share_once(self) -> int | None:
        """One round with everybody who counted something; None where it failed."""
        try:
            return await self.push.round(everything=True)
        except StoreFault:
            return None

    async def close(self) -> None:
        """End the connection; what was not shared is lost."""
        await self.sight.close()
        await self.link.close()
