"""A worker forgets on order: held back at once, swept out in slices, confirmed once nothing is on its way.

The order carries the address or the hashed account itself, sealed, and no name of the store: to find a name,
a worker would have to hash every key that it knows, 1.5 µs each, where comparing texts takes a fifth of that.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from proxy.state.envelope import opened
from proxy.state.hold import Hold
from proxy.state.keys import Names
from proxy.state.link import Channel, Link, StoreFault, cancelled
from proxy.state.orders import Forget
from proxy.state.push import Push

Subjects = frozenset[str]
Sweep = Callable[[Subjects], Awaitable[list[str]]]


async def nobody_here(_: Subjects) -> list[str]:
    """The sweep of a process that remembers nobody."""
    return []


class Case:
    """One order to forget, from the moment that it was heard."""

    __slots__ = ("done", "lifted", "order", "task")

    def __init__(self, order: Forget) -> None:
        self.order = order
        self.done = False
        self.lifted = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


class Forgetting:
    """Obeys each order to forget once. `sweep` empties the worker's memory and returns the keys it knew."""

    def __init__(self, link: Link, names: Names, push: Push, hold: Hold, prefix: str, secret: bytes) -> None:
        self.sweep: Sweep = nobody_here
        self._link = link
        self._names = names
        self._push = push
        self._hold = hold
        self._prefix = prefix
        self._secret = secret
        self._cases: dict[str, Case] = {}

    def heed(self, orders: Mapping[str, Forget]) -> None:
        """These orders are in force now: begin with the new ones, let go whom no order holds any more."""
        for name in self._cases.keys() - orders.keys():
            self._cases.pop(name).lifted.set()
        for name, order in orders.items():
            case = self._cases.get(name)
            if case is None:
                case = self._cases[name] = Case(order)
                self._begin(case)
            if not order.held:
                case.lifted.set()

    def has_forgotten(self, name: str) -> bool:
        """True where nothing is left here of whom the order of this name is about."""
        case = self._cases.get(name)
        return case is not None and case.done

    @asynccontextmanager
    async def confirmations(self, name: str) -> AsyncIterator[Channel]:
        """Hears one message from each process that obeyed. Raises StoreFault."""
        channel = self._link.channel()
        try:
            await channel.subscribe(self._channel_of(name))
            yield channel
        finally:
            channel.close()

    async def close(self) -> None:
        """Obey no more."""
        await cancelled([case.task for case in self._cases.values() if case.task and not case.task.done()])

    def _begin(self, case: Case) -> None:
        subjects = opened(case.order.sealed, self._secret)
        if (
            subjects is not None and case.order.until > time.time()
        ):  # else it is another installation's, or over
            self._hold.take(subjects)
            case.task = asyncio.get_running_loop().create_task(
                self._obey(case, subjects), name="state: forget"
            )

    async def _obey(self, case: Case, subjects: Subjects) -> None:
        try:
            keys = await self.sweep(subjects)
            await self._push.forget_held()
            case.done = True
            with suppress(StoreFault):
                if (
                    not case.order.held
                ):  # the store was emptied before we heard of it, and we may have refilled it
                    await self._erase(keys)
                await self._link.call("PUBLISH", self._channel_of(case.order.name), "forgotten")
            with suppress(TimeoutError):
                async with asyncio.timeout(case.order.until - time.time()):
                    await case.lifted.wait()
        finally:
            self._hold.let_go(subjects)

    async def _erase(self, keys: list[str]) -> None:
        for key in keys:
            await self._link.call("DEL", self._names.of(key))

    def _channel_of(self, name: str) -> str:
        return f"{self._prefix}{name}"
