"""Keeps a request's body for ourselves, up to a limit, and only so many of them at once."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

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


class Ends(Protocol):
    """Something that is over at some time, as an exchange is."""

    ended: bool


class Room:
    """How many bodies may be kept at once: half-sent ones cost memory for as long as their senders like."""

    __slots__ = ("_held", "_most")

    def __init__(self, most: int) -> None:
        self._held: set[Ends] = set()
        self._most = most

    def takes(self, exchange: Ends) -> bool:
        """True where there is room for one more, which then has it until it leaves or ends."""
        if len(self._held) >= self._most:
            self._held = {each for each in self._held if not each.ended}
        if len(self._held) >= self._most:
            return False
        self._held.add(exchange)
        return True

    def leave(self, exchange: Ends) -> None:
        """Its body is there, or is not kept after all."""
        self._held.discard(exchange)
