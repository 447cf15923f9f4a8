"""Who has come in and not yet shaken hands: counted, bounded, and cut when it takes too long."""

from enum import StrEnum
from typing import Protocol


class Guest(Protocol):
    """A connection that is not yet one."""

    address: str
    since: float

    def cut(self, outcome: "Outcome") -> None:
        """Close it now."""


class Outcome(StrEnum):
    """What became of a guest; the label of a metric."""

    COMPLETED = "completed"
    FAILED = "failed"  # the handshake itself: no common version, a broken message, the client hung up
    LATE = "late"
    CROWDED = "crowded"
    LEFT = "left"
    PLAIN_HTTP = "plain_http"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


class Waiting:
    """The guests of one worker, in the order in which they came.

    Where there are too many, the one that waits for longest makes room: a browser is through after two round
    trips, so whoever floods us waits among its own.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self._guests: dict[Guest, None] = {}
        self._by_address: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._guests)

    def everybody(self) -> tuple[Guest, ...]:
        """All of them, longest wait first."""
        return tuple(self._guests)

    def add(self, guest: Guest, *, trusted: bool) -> Guest | None:
        """Take `guest` in; the one that has to make room, if any. A `trusted` one speaks for many."""
        leaving = self._crowded(guest.address) if not trusted else None
        if leaving is None and len(self._guests) >= self.most:
            leaving = next(iter(self._guests))
        self._guests[guest] = None
        self._by_address[guest.address] = self._by_address.get(guest.address, 0) + 1
        return leaving

    def _crowded(self, address: str) -> Guest | None:
        if self._by_address.get(address, 0) < self.most_of_one:
            return None
        return next(guest for guest in self._guests if guest.address == address)

    def remove(self, guest: Guest) -> None:
        """Let `guest` go, through or away; once is enough."""
        if guest not in self._guests:
            return
        del self._guests[guest]
        self._leave(guest)

    def _leave(self, guest: Guest) -> None:
        left = self._by_address.pop(guest.address) - 1
        if left:
            self._by_address[guest.address] = left

    def rename(self, guest: Guest, address: str) -> Guest | None:
        """A PROXY header told whose connection this is; who has to make room for it, if any."""
        leaving = self._crowded(address)
        self._leave(guest)
        guest.address = address
        self._by_address[address] = self._by_address.get(address, 0) + 1
        return leaving

    def overdue(self, before: float) -> list[Guest]:
        """Those that came in before that time."""
        late = []
        for guest in self._guests:
            if guest.since >= before:
                break
            late.append(guest)
        return late
