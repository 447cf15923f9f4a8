"""A crowd is a client of many members: a subnet, a network, a fingerprint, an account.

Its requests are counted one by one, so that limits on it are exact. All else its members counted before, and
is folded in when they are shared with the store; so a request costs a crowd one addition, not a Client's
twenty, and between two foldings it stays packed.
"""

from functools import lru_cache
from struct import Struct

from detectors.behaviour.memory import (
    BASIC_LANES,
    COUNTERS,
    LANE_SIZE,
    LARGEST,
    NO_COUNTS,
    PLACES,
    SKETCHES,
    WORDS_AT,
    bucket_of,
    lane_count,
    lane_id,
    lanes_of,
    one_more_share,
    pack,
    requests_of,
    shares_of,
    unpack_head,
    unpack_words,
)
from detectors.behaviour.merge import merge, subtract, without_requests
from detectors.behaviour.sketch import distinct
from detectors.behaviour.windows import BUCKET_S, LANE, roll, slide

_SPACE = [0] * LANE
_LANE = Struct(f"<{LANE}I")
_LANE_END = WORDS_AT + LANE_SIZE


class Crowd:
    """What we remember of an identity that many share. Hot and mutable; one worker owns it.

    `words` is the lane of all requests; the rest stays packed in `_rest`. `gone` is true once the table has
    let go of it, so that its members look for its successor. The other fields are as in Client.
    """

    __slots__ = (
        "_rest",
        "base",
        "bucket",
        "gone",
        "key",
        "known",
        "name",
        "rank",
        "requests",
        "share_at",
        "shares",
        "waiting",
        "words",
    )

    def __init__(self, key: str, now: float) -> None:
        self.key = key
        self.known = False
        self.gone = False
        self.waiting = False
        self.name = b""
        self.rank = 0
        self.share_at = 0
        self.shares = 0
        self.requests = 0
        self.bucket = int(now / BUCKET_S)
        self.words = list(_SPACE)
        self.base: bytes | None = None
        self._rest = _nothing(self.bucket)

    def arrive(self, now: float) -> None:
        """Count a request of a member."""
        bucket = int(now / BUCKET_S)
        if bucket > self.bucket:
            roll(self.words, self.bucket, bucket)
            self.bucket = bucket
        self.requests += 1
        self.words[0] += 1

    def fold(self, delta: bytes) -> None:
        """Take in what a member counted: a delta that went through `merge.without_requests`."""
        self._rest = merge(self._rest, delta)

    def rate(self, window: str, now: float, route: str = "") -> float:
        """Requests in the last `window`, of all or, as of the last folding, on one route."""
        if not route:
            return slide(self.words, 0, self.bucket, window, now)
        lane, lanes = lane_id(route), lanes_of(self._rest)
        if lane not in lanes:
            return 0.0
        at = (BASIC_LANES + lanes.index(lane)) * LANE
        return slide(unpack_words(self._rest), at, bucket_of(self._rest), window, now)

    def page_rate(self, window: str, now: float) -> float:
        """Page requests in the last `window`, as of the last folding."""
        return slide(unpack_words(self._rest), LANE, bucket_of(self._rest), window, now)

    def count(self, name: str) -> float:
        """A counter by its name, or `distinct`: how many different pages. KeyError for no such counter."""
        if name == "distinct":
            return self.distinct()
        if name not in COUNTERS:
            raise KeyError(name)
        return float(self.requests if name == "requests" else self._field(name))

    def distinct(self, name: str = "paths") -> float:
        """How many different things of one of `SKETCHES`; see `sketch.distinct` for the errors."""
        if name not in SKETCHES:
            raise KeyError(name)
        return distinct(name, self._field(name))

    def pack(self) -> bytes:
        """All that merges, as one packed memory."""
        rest = self._rest
        if bucket_of(rest) != self.bucket:
            rest = self._rest = merge(rest, _nothing(self.bucket))
            self._roll(bucket_of(rest))
        count = min(self.requests, LARGEST).to_bytes(4, "little")
        shares = self.shares.to_bytes(4, "little")
        lane = _LANE.pack(*[min(word, LARGEST) for word in self.words])
        return shares + count + rest[8:WORDS_AT] + lane + rest[_LANE_END:]

    def cut(self) -> bytes | None:
        """As `Client.cut`."""
        ours = self.pack()
        since = ours if self.base is None else subtract(ours, self.base)
        if _is_nothing(since):
            return None
        self.shares += 1
        self.base = one_more_share(ours)
        return one_more_share(since)

    def absorb(self, merged: bytes) -> None:
        """As `Client.absorb`."""
        base = self.base
        if merged != base:
            others = merged if base is None else subtract(merged, base)
            self._rest = merge(self._rest, without_requests(others))
            self.shares += shares_of(others)
            self.requests += requests_of(others)
            lane = unpack_words(others)[:LANE]
            bucket = bucket_of(others)
            roll(lane, bucket, self.bucket)
            self._roll(bucket)
            self.words = [ours + theirs for ours, theirs in zip(self.words, lane, strict=True)]
            self.base = others if base is None else merge(others, base)
        self.known = True

    def past(self, delta: bytes) -> bytes:
        """As `Client.past`."""
        return _nothing(self.bucket) if self.base is None else subtract(self.base, delta)

    @property
    def settled(self) -> bool:
        """As `Client.settled`."""
        return self.base is not None and _is_nothing(subtract(self.pack(), self.base))

    @classmethod
    def wake(cls, key: str, packed: bytes) -> "Crowd":
        """A crowd that rested as its packed memory, all of which the store knows."""
        crowd = cls(key, 0.0)
        crowd.shares = shares_of(packed)
        crowd.requests = requests_of(packed)
        crowd.bucket = bucket_of(packed)
        crowd.words = unpack_words(packed)[:LANE]
        crowd._rest = without_requests(packed)
        crowd.base = packed
        crowd.known = True
        return crowd

    def _field(self, name: str) -> int:
        return int(unpack_head(self._rest)[PLACES.index(name)])

    def _roll(self, bucket: int) -> None:
        roll(self.words, self.bucket, bucket)
        self.bucket = max(bucket, self.bucket)


@lru_cache(8)
def _nothing(bucket: int) -> bytes:
    """A memory of nothing at this time."""
    first_seen, last_seen = bucket * BUCKET_S, 0.0
    places = [0.0 if name == "last_page" else 0 for name in PLACES]
    at = PLACES.index("first_seen")
    places[at : at + 2] = first_seen, last_seen
    return pack(places, bucket, _SPACE * BASIC_LANES, ())


def _is_nothing(delta: bytes) -> bool:
    """True where nothing was counted. A member may tell of a route before it tells of the answer."""
    return delta.startswith(NO_COUNTS) and not any(delta[WORDS_AT : WORDS_AT + lane_count(delta) * LANE_SIZE])


NOBODY = Crowd("", 0.0)  # where an identity is not known: it counts nothing, as nobody calls `arrive`
