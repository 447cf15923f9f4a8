"""Long work in slices: the event loop serves others after each millisecond of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from time import perf_counter
from typing import Any, TypeVar

SLICE_S = 0.001
ITEMS = 64  # so that the clock is looked at every tenth of that, or so

T = TypeVar("T")


async def in_slices(items: Iterable[T]) -> AsyncIterator[list[T]]:
    """These items, some at a time."""
    rest = iter(items)
    until = perf_counter() + SLICE_S
    while some := list(islice(rest, ITEMS)):
        yield some
        if perf_counter() > until:
            await asyncio.sleep(0)
            until = perf_counter() + SLICE_S


async def emptied(*containers: dict[Any, Any] | list[Any]) -> None:
    """Let go of what these hold: all at once, a hundred thousand objects take ten milliseconds."""
    for container in containers:
        until = perf_counter() + SLICE_S
        while container:
            for _ in range(min(ITEMS, len(container))):
                container.popitem() if isinstance(container, dict) else container.pop()
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE_S
