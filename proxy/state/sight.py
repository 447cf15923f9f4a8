"""A client that is new here may be known elsewhere: ask once, together with others, and never wait long."""

import asyncio
from collections import deque
from collections.abc import Callable

from detectors.behaviour.memory import MemoryFault, requests_of, total_of
from proxy.state.hold import Hold
from proxy.state.keys import Names
from proxy.state.link import Link, StoreFault, cancelled
from proxy.state.pace import Pace, Shared

BATCH = 128  # as for pushes
STALLED_AFTER = 2  # time-outs: a load that is older tells that the store hangs, so nobody else waits for it

Ready = Callable[[], None]


class Crowd:
    """Clients that are asked about together, and those who wait for the answer."""

    __slots__ = ("clients", "since", "timer", "waiting")

    timer: asyncio.TimerHandle

    def __init__(self, since: float) -> None:
        self.since = since
        self.clients: list[Shared] = []
        self.waiting: list[Ready] = []


class FirstSight:
    """Loads unknown clients. Those of one loop tick share a call, as do those that come during a call."""

    def __init__(
        self,
        link: Link,
        names: Names,
        pace: Pace,
        timeout_s: float,
        clock: Callable[[], float],
        hold: Hold | None = None,
    ) -> None:
        self._hold = Hold() if hold is None else hold
        self._link = link
        self._names = names
        self._pace = pace
        self._clock = clock
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._crowd: Crowd | None = None  # the one that still gathers
        self._line: deque[Crowd] = deque()
        self._task: asyncio.Task[None] | None = None
        self._since = 0.0
        self.loads = 0
        self.timeouts = 0
        self.unasked = 0

    def see(self, client: Shared, ready: Ready) -> None:
        """Load `client`; call `ready` once, at the latest after the time-out, at once without a store."""
        if not self._link.up or self._stalled() or (self._hold and self._hold.covers(client.key)):
            self.unasked += 1
            client.known = True
            ready()
            return
        if self._crowd is None:
            self._crowd = Crowd(self._loop.time())
            self._line.append(self._crowd)
            self._crowd.timer = self._loop.call_later(self._timeout_s, self._give_up, self._crowd)
        self._crowd.clients.append(client)
        self._crowd.waiting.append(ready)
        if self._task is None:
            self._since = self._loop.time()
            self._task = self._loop.create_task(self._load())

    async def close(self) -> None:
        """Answer those who wait and forget the load that is under way."""
        if self._task is not None:
            await cancelled([self._task])
        for crowd in self._line:
            self._release(crowd)

    def _stalled(self) -> bool:
        """Whether those who are asked about came too long ago: the line behind them must not grow."""
        return self._task is not None and self._loop.time() - self._since > STALLED_AFTER * self._timeout_s

    async def _load(self) -> None:
        try:
            while self._line:
                crowd = self._line.popleft()
                self._since = crowd.since
                if self._crowd is crowd:
                    self._crowd = None
                try:
                    await self._ask(crowd.clients)
                finally:
                    crowd.timer.cancel()  # it would keep the clients for a while
                    self._release(crowd)
        finally:
            self._task = None

    async def _ask(self, clients: list[Shared]) -> None:
        for start in range(0, len(clients), BATCH):
            part = clients[start : start + BATCH]
            try:
                totals = await self._link.load([self._names.of(each.key) for each in part])
            except StoreFault:
                return
            self.loads += len(part)
            now = self._clock()
            for client, merged in zip(part, totals, strict=True):
                self._meet(client, merged, now)

    def _meet(self, client: Shared, merged: bytes | None, now: float) -> None:
        """Give a client its past. One that was pushed meanwhile has heard of it already."""
        if client.base is not None:
            return
        try:
            if merged is not None:
                client.absorb(total_of(merged))
        except MemoryFault:  # somebody else wrote to this key
            return
        self._pace.meet(client, 0 if merged is None else requests_of(merged), now)

    def _give_up(self, crowd: Crowd) -> None:
        if self._crowd is crowd:
            self._crowd = None  # whoever comes now has a time limit of their own
        self.timeouts += len(crowd.waiting)
        self._release(crowd)

    def _release(self, crowd: Crowd) -> None:
        if not crowd.waiting:
            return
        for client in crowd.clients:
            client.known = True
        for ready in crowd.waiting:
            self._loop.call_soon(
                ready
            )  # in the loop's hands, one that raises keeps no other from being called
        crowd.waiting.clear()
