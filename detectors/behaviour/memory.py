"""What a client is made of, as one run of bytes: this table is the law for Client, Crowd and the store.

A packed memory is a head of `HEAD_SIZE` bytes (counts, times, sketches), the bucket in which it was counted,
then ten words for each lane, then the number of each lane beyond the first two. All is little-endian.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from struct import Struct, error
from typing import Any
from zlib import crc32

from detectors.behaviour.windows import LANE
from detectors.value import value

LAYOUT = 4  # part of every store key: memories of different layouts never meet


class Merging(StrEnum):
    """How a field of two memories is joined. None of them minds order or grouping."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    BITS = "bits"


@value
class Field:
    """One line of the table. `code` is I (4 bytes), Q (8 bytes), d (double) or S (32 bytes of bits)."""

    name: str
    merging: Merging
    code: str = "I"


COUNTS = (
    "shares",  # how many deltas were merged into this: tells at a glance whether somebody else sent one
    *("requests", "pages", "assets", "images", "apis", "posts", "heads", "robots", "referred", "queries"),
    *("depth", "successes", "redirects", "refusals", "errors", "server_errors"),
    *("gaps", "gap_ms", "quick", "alike", "followed", "turned", "numbers", "sequential"),
    *("traps", "disallowed", "logins", "logins_failed"),
    *("challenges_issued", "challenges_solved", "challenges_failed"),
)
WIDE_COUNTS = ("sent_bytes", "gap_square")  # gap_square in hundredths of a second, squared
COUNTERS = frozenset((*COUNTS, *WIDE_COUNTS))
APART = COUNTS[:3]  # what a crowd counts itself, one by one
SKETCHES = ("paths", "products", "agents", "accounts", "sessions", "addresses")

FIELDS = (
    *(Field(name, Merging.SUM) for name in COUNTS),
    *(Field(name, Merging.SUM, "Q") for name in WIDE_COUNTS),
    Field("first_seen", Merging.MIN, "d"),
    Field("last_seen", Merging.MAX, "d"),
    Field("last_page", Merging.MAX, "d"),
    Field("epoch", Merging.MAX, "d"),  # since when the store has counted on, from nothing or after a loss
    Field("longest_gap_ms", Merging.MAX),
    Field("longest_run", Merging.MAX),
    *(Field(name, Merging.BITS, "S") for name in SKETCHES),
)
PLACES = tuple(field.name for field in FIELDS)

SKETCH_SIZE = 32
LARGEST = 2**32 - 1
BASIC_LANES = 2  # all requests, all pages
ROUTE_LANES = 8  # a client's further routes are not counted by route
LANE_SIZE = 4 * LANE
_FORMATS = {"I": "I", "Q": "Q", "d": "d", "S": f"{SKETCH_SIZE}s"}
HEAD_FORMAT = "<" + "".join(_FORMATS[field.code] for field in FIELDS)
_HEAD = Struct(HEAD_FORMAT)
HEAD_SIZE = _HEAD.size
COUNT_SIZE = 4 * len(COUNTS) + 8 * len(WIDE_COUNTS)
TIMES = Struct("<ddddII")
EPOCH = Struct("<d")
EPOCH_AT = COUNT_SIZE + Struct("<ddd").size
BITS_AT = COUNT_SIZE + TIMES.size
ACCOUNTS_AT = BITS_AT + SKETCH_SIZE * SKETCHES.index("accounts")
WORDS_AT = HEAD_SIZE + 4  # behind the bucket
SMALLEST = WORDS_AT + BASIC_LANES * LANE_SIZE
LARGEST_SIZE = SMALLEST + ROUTE_LANES * (LANE_SIZE + 4)
_BUCKET = Struct("<I")
_FIRST_BITS = PLACES.index(SKETCHES[0])
_COUNT = Struct("<I")
_REQUESTS_AT = 4 * COUNTS.index("requests")
_FAILED_LOGINS_AT = 4 * COUNTS.index("logins_failed")
_APART = Struct(f"<{len(APART)}I")
NO_COUNTS = bytes(COUNT_SIZE)
_NO_BITS = bytes(SKETCH_SIZE)
LARGEST_WIDE = 2**53  # as far as the store's script counts exactly
_MOST = {"I": LARGEST, "Q": LARGEST_WIDE}


class MemoryFault(ValueError):
    """These bytes are not a packed memory of this layout."""


def lane_id(route: str) -> int:
    """The number of a route's lane; the same in every process."""
    return crc32(route.encode("utf-8", "surrogateescape"))


def pack(places: Sequence[Any], bucket: int, words: Sequence[int], lanes: tuple[int, ...]) -> bytes:
    """One memory: `places` in the order of `PLACES`, sketches as integers. Counts saturate, never wrap."""
    return pack_head(places) + pack_tail(bucket, words, lanes)


def pack_head(places: Sequence[Any]) -> bytes:
    """The fields of a memory."""
    head = [*places[:_FIRST_BITS], *[bits.to_bytes(SKETCH_SIZE, "little") for bits in places[_FIRST_BITS:]]]
    try:
        return _HEAD.pack(*head)
    except error:
        return _HEAD.pack(
            *[min(item, _MOST.get(field.code, item)) for item, field in zip(head, FIELDS, strict=True)]
        )


def pack_tail(bucket: int, words: Sequence[int], lanes: tuple[int, ...]) -> bytes:
    """The windows of a memory, and when they were counted."""
    tail = _tail(len(words), len(lanes))
    try:
        return tail.pack(bucket, *words, *lanes)
    except error:
        return tail.pack(bucket, *[min(word, LARGEST) for word in words], *lanes)


def unpack_head(packed: bytes) -> tuple[Any, ...]:
    """The fields in the order of `PLACES`, sketches as integers."""
    places = _HEAD.unpack_from(packed)
    return (
        *places[:_FIRST_BITS],
        *[int.from_bytes(bits, "little") for bits in places[_FIRST_BITS:]],
    )


def unpack_words(packed: bytes) -> list[int]:
    """The words of all lanes."""
    lanes = lane_count(packed)
    return list(_words(lanes * LANE).unpack_from(packed, WORDS_AT))


def bucket_of(packed: bytes) -> int:
    """The bucket in which this was counted."""
    return int(_BUCKET.unpack_from(packed, HEAD_SIZE)[0])


def requests_of(packed: bytes) -> int:
    """The number of requests."""
    return int(_COUNT.unpack_from(packed, _REQUESTS_AT)[0])


def shares_of(packed: bytes) -> int:
    """The number of deltas that were merged, which is the first field."""
    return int(_COUNT.unpack_from(packed)[0])


def epoch_of(packed: bytes) -> float:
    """Since when the store has counted on, in Unix seconds by its own clock; 0.0 before it said so."""
    return float(EPOCH.unpack_from(packed, EPOCH_AT)[0])


def with_epoch(packed: bytes, epoch: bytes = bytes(EPOCH.size)) -> bytes:
    """The memory, or its head, in this epoch: 8 packed bytes, by default before the store said any."""
    return packed[:EPOCH_AT] + epoch + packed[EPOCH_AT + EPOCH.size :]


def counted_apart(packed: bytes) -> tuple[int, int, int]:
    """Shares, requests and pages, the three of `APART`."""
    shares, requests, pages = _APART.unpack_from(packed)
    return shares, requests, pages


def pack_apart(shares: int, requests: int, pages: int) -> bytes:
    """The first bytes of a head."""
    return _APART.pack(shares, requests, pages)


def failed_logins_of(packed: bytes) -> int:
    """The number of logins that were refused."""
    return int(_COUNT.unpack_from(packed, _FAILED_LOGINS_AT)[0])


def lane_count(packed: bytes) -> int:
    """How many lanes there are. Raises MemoryFault for bytes that are no memory."""
    further, rest = divmod(len(packed) - SMALLEST, LANE_SIZE + 4)
    if rest or not 0 <= further <= ROUTE_LANES:
        raise MemoryFault(f"{len(packed)} bytes are no memory of a client")
    return BASIC_LANES + further


def lanes_of(packed: bytes) -> tuple[int, ...]:
    """The numbers of the lanes beyond the first two; equal ones are one object."""
    further = lane_count(packed) - BASIC_LANES
    return shared(_words(further).unpack_from(packed, len(packed) - 4 * further)) if further else ()


def total_of(stored: bytes) -> bytes:
    """The total in what the store keeps; behind it may be a second memory, whose size comes last.

    Raises MemoryFault. See `proxy/state/script.py` for what that is.
    """
    if len(stored) <= LARGEST_SIZE:
        return stored
    total = stored[: int.from_bytes(stored[-4:], "little")]
    lane_count(total)
    lane_count(stored[len(total) : -4])
    return total


def at_rest(packed: bytes) -> bytes:
    """The memory without its sketch of accounts where that is empty, as it mostly is.

    The few bytes matter: up to 512 of them, with 33 of a bytes object, Python packs tightly (`obmalloc.c`).
    """
    end = ACCOUNTS_AT + SKETCH_SIZE
    return packed[:ACCOUNTS_AT] + packed[end:] if packed[ACCOUNTS_AT:end] == _NO_BITS else packed


def from_rest(resting: bytes) -> bytes:
    """The memory that `at_rest` was given."""
    whole = (len(resting) - SMALLEST) % (LANE_SIZE + 4) == 0
    return resting if whole else resting[:ACCOUNTS_AT] + _NO_BITS + resting[ACCOUNTS_AT:]


def one_more_share(packed: bytes) -> bytes:
    """The same memory with one more delta merged into it."""
    return min(shares_of(packed) + 1, LARGEST).to_bytes(4, "little") + packed[4:]


_SHARED: dict[tuple[int, ...], tuple[int, ...]] = {}
_MAX_SHARED = 4096


def shared(lanes: tuple[int, ...]) -> tuple[int, ...]:
    """The one object for these lanes: shoppers take few different ways through a shop."""
    if len(_SHARED) > _MAX_SHARED:
        _SHARED.clear()
    return _SHARED.setdefault(lanes, lanes)


@cache
def _tail(words: int, lanes: int) -> Struct:
    return Struct(f"<I{words}I{lanes}I")


@cache
def _words(count: int) -> Struct:
    return Struct(f"<{count}I")
