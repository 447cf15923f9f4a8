"""Keeps a request's body for ourselves, up to a limit."""

from collections.abc import Callable
from functools import partial

Use = Callable[[bytes], None]


class Collector:
    """`done` gets the whole body; `beyond` what came so far of one that is longer than `limit` bytes."""

    __slots__ = ("_beyond", "_done", "_limit")

    def __init__(self, limit: int, done: Use, beyond: Use) -> None:
        self._limit = limit
        self._done = done
        self._beyond = beyond

    def step(self, held: tuple[bytes, ...], *, ended: bool) -> Callable[[], None] | None:
        """What to do now; None while more must come first."""
        if sum(map(len, held)) > self._limit:
            return partial(self._beyond, b"".join(held))
        return partial(self._done, b"".join(held)) if ended else None
