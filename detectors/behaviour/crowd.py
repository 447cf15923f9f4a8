"""A crowd is a client of many members: a subnet, a network, a fingerprint, an account.

Its requests and pages are counted one by one, in all and by route, so that limits on it are exact. All else
its members counted before, and is folded in when they are shared with the store; so a request costs a crowd a
few additions, not a Client's twenty, and between two foldings the rest stays packed.
"""

from detectors.behaviour.counted import Counted
from detectors.behaviour.memory import (
    APART,
    COUNTERS,
    HEAD_SIZE,
    LARGEST,
    NO_COUNTS,
    PLACES,
    SKETCHES,
    counted_apart,
    pack_apart,
    pack_head,
    unpack_head,
    with_epoch,
)
from detectors.behaviour.merge import merge_heads, without_requests
from detectors.behaviour.sketch import distinct
from detectors.behaviour.windows import BUCKET_S, LANE

_DIRECT = frozenset(APART)


class Crowd(Counted):
    """What we remember of an identity that many share. Hot and mutable; one worker owns it.

    What is not counted one by one stays packed in `_rest`, a head without shares, requests and pages.
    """

    __slots__ = ("_rest",)

    claims = True

    def __init__(self, key: str, now: float) -> None:
        super().__init__(key, now)
        self._rest = _nothing_at(self.bucket)

    def arrive(self, now: float, route: str = "", *, page: bool = False) -> None:
        """Count a request of a member."""
        bucket = int(now / BUCKET_S)
        if bucket != self.bucket:
            self._turn(bucket)
        self.requests += 1
        self.words[0] += 1
        self.fresh[0] += 1
        if page:
            self.count_page()
        if route:
            self._count_on(route)

    def count_page(self) -> None:
        """Count a page load of a member."""
        self.pages += 1
        self.words[LANE] += 1
        self.fresh[LANE] += 1

    def fold(self, told: bytes) -> None:
        """Take in what a member counted: a delta that went through `merge.as_told`."""
        self._rest = merge_heads(self._rest, told)

    def count(self, name: str) -> float:
        """A counter by its name, or `distinct`: how many different pages. KeyError for no such counter."""
        if name == "distinct":
            return self.distinct()
        if name not in COUNTERS:
            raise KeyError(name)
        return float(getattr(self, name) if name in _DIRECT else self._field(name))

    def distinct(self, name: str = "paths") -> float:
        """How many different things of one of `SKETCHES`; see `sketch.distinct` for the errors."""
        if name not in SKETCHES:
            raise KeyError(name)
        return distinct(name, self._field(name))

    @classmethod
    def wake(cls, key: str, packed: bytes) -> "Crowd":
        """A crowd that rested as its packed memory, all of which the store knows."""
        crowd = cls(key, 0.0)
        crowd.shares, crowd.requests, crowd.pages = counted_apart(packed)
        crowd._rest = without_requests(packed)
        crowd._wake_windows(packed)
        return crowd

    def begin_epoch(self, packed: bytes) -> None:
        """As a client's."""
        self._rest = with_epoch(self._rest, packed)

    def _field(self, name: str) -> int:
        return int(unpack_head(self._rest)[PLACES.index(name)])

    def _head(self) -> bytes:
        apart = pack_apart(min(self.shares, LARGEST), min(self.requests, LARGEST), min(self.pages, LARGEST))
        return apart + self._rest[len(apart) :]

    def _join(self, others: bytes) -> None:
        shares, requests, pages = counted_apart(others)
        self.shares += shares
        self.requests += requests
        self.pages += pages
        self._rest = merge_heads(self._rest, without_requests(others))


def _nothing_at(bucket: int) -> bytes:
    """The head of a memory of nothing, begun at this time."""
    places = [0.0 if name == "last_page" else 0 for name in PLACES]
    at = PLACES.index("first_seen")
    places[at : at + 2] = bucket * BUCKET_S, 0.0
    return pack_head(places)


assert len(_nothing_at(0)) == HEAD_SIZE > len(NO_COUNTS)  # noqa: S101

NOBODY = Crowd("", 0.0)  # where an identity is not known: it counts nothing, as nobody calls `arrive`
