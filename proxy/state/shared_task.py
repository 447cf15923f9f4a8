"""Work that many wait for is done once, and whoever gives up waiting disturbs nobody."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from proxy.state.store_fault import StoreFault, away

T = TypeVar("T")


class SharedTask(Generic[T]):
    """At most one run of `work` at a time; who asks during a run gets the result of that run."""

    __slots__ = ("_task", "_work")

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work
        self._task: asyncio.Task[T] | None = None

    def begin(self) -> asyncio.Task[T]:
        """The run that is under way, begun where there is none."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
            self._task.add_done_callback(self._done)
        return self._task

    async def result(self) -> T:
        """What the work gives or raises. Raises StoreFault where it was cancelled meanwhile."""
        task = self.begin()
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise away("closed", sent=False) from None
            raise

    def cancel(self) -> None:
        """End the run that is under way."""
        if self._task is not None:
            self._task.cancel()

    def _done(self, task: asyncio.Task[T]) -> None:
        self._task = None
        if not task.cancelled():
            task.exception()  # read, so that nobody complains where all have given up waiting


async def in_order(work: Sequence[Coroutine[Any, Any, T]]) -> list[T | StoreFault]:
    """All of it at once; the results, or why there is none, in the order of `work`."""
    return await asyncio.gather(*map(_careful, work))


async def first(work: list[Coroutine[Any, Any, T]]) -> T:
    """The first result of work that is done at once; the rest is given up. Raises the last StoreFault."""
    pending = {asyncio.ensure_future(_careful(one)) for one in work}
    fault = away("nobody was asked", sent=False)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for result in (task.result() for task in done):
                if not isinstance(result, StoreFault):
                    return result
                fault = result
    finally:
        for task in pending:
            task.cancel()
    raise fault


async def _careful(one: Coroutine[Any, Any, T]) -> T | StoreFault:
    try:
        return await one
    except StoreFault as fault:
        return fault
