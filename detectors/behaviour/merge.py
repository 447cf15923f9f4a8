"""One table says how two memories of a client become one; the store's script and Client both obey it."""

from collections.abc import Sequence
from enum import StrEnum
from struct import Struct, error
from typing import Any

from detectors.value import value

Number = int | float
LAYOUT = 1  # part of every store key: memories of different layouts never meet
BUCKET_S = 10.0  # all windows are counted in absolute buckets of ten seconds


class Merging(StrEnum):
    """How a field of two memories is joined. None of them minds order or grouping."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    BITS = "bits"
    BUCKET = "bucket"
    WINDOW = "window"


@value
class Field:
    """One line of the table.

    `code` is the struct code of the field: I (4 bytes), Q (8 bytes), d (double), S (32 bytes as eight
    little-endian words). `span` is a window's width in buckets; a window fills two places, the running
    period and the one before.
    """

    name: str
    merging: Merging
    code: str = "I"
    span: int = 0


COUNTS = (
    *("requests", "pages", "assets", "images", "apis", "posts", "heads", "robots", "referred", "queries"),
    *(
        "depth",
        "errors",
        "server_errors",
        "gaps",
        "numbers",
        "sequential",
        "traps",
        "logins",
        "logins_failed",
    ),
    *("challenges_issued", "challenges_solved", "challenges_failed"),
)
WIDE_COUNTS = ("sent_bytes", "gap_ms", "gap_square")  # gap_square in hundredths of a second, squared
SPANS = {"10s": 1, "1m": 6, "10m": 60, "1h": 360}

FIELDS = (
    *(Field(name, Merging.SUM) for name in COUNTS),
    *(Field(name, Merging.SUM, "Q") for name in WIDE_COUNTS),
    Field("first_seen", Merging.MIN, "d"),
    Field("last_seen", Merging.MAX, "d"),
    Field("last_page", Merging.MAX, "d"),
    Field("longest_gap_ms", Merging.MAX),
    Field("longest_run", Merging.MAX),
    Field("paths", Merging.BITS, "S"),
    Field("bucket", Merging.BUCKET),
    *(Field(f"requests_{name}", Merging.WINDOW, span=span) for name, span in SPANS.items()),
    *(Field(f"pages_{name}", Merging.WINDOW, span=span) for name, span in SPANS.items() if span > 1),
)

PLACES = tuple(
    place
    for field in FIELDS
    for place in ((field.name, field.name + "_before") if field.merging is Merging.WINDOW else (field.name,))
)
COUNTERS = frozenset((*COUNTS, *WIDE_COUNTS))

_SUMS = PLACES.index("first_seen")
_MAXIMA = _SUMS + 1
_BITS = PLACES.index("paths")
_BUCKET = _BITS + 1
_WINDOWS = _BUCKET + 1
WINDOW_SPANS = tuple(field.span for field in FIELDS if field.merging is Merging.WINDOW)

_PYTHON_CODES = {"I": "I", "Q": "Q", "d": "d", "S": "32s"}
_LUA_CODES = {"I": "I4", "Q": "I8", "d": "d", "S": "I4" * 8}


_CODES = "".join(field.code * (2 if field.merging is Merging.WINDOW else 1) for field in FIELDS)
PYTHON_FORMAT = "<" + "".join(_PYTHON_CODES[code] for code in _CODES)
LUA_FORMAT = "<" + "".join(_LUA_CODES[code] for code in _CODES)  # for `struct` inside Redis and Valkey
_STRUCT = Struct(PYTHON_FORMAT)
SIZE = _STRUCT.size
_COUNT_BYTES = Struct("<" + PYTHON_FORMAT[1 : 1 + _SUMS]).size
_BUCKET_BYTES = SIZE - Struct("<" + PYTHON_FORMAT[-1] * (1 + 2 * len(WINDOW_SPANS))).size
_TAIL = Struct("<" + "I" * (1 + 2 * len(WINDOW_SPANS)))  # the bucket and the windows
_BUCKET_CODE = Struct("<I")
_WINDOW_BYTES = _BUCKET_BYTES + _BUCKET_CODE.size
_ALL_ONES = bytes([255]) * (SIZE - _WINDOW_BYTES)
LARGEST = 2**32 - 1


class MergeFault(ValueError):
    """These bytes are not a packed memory of this layout."""


def pack(values: Sequence[Number]) -> bytes:
    """One memory as `SIZE` bytes; counts saturate rather than wrap."""
    places: list[Any] = list(values)
    places[_BITS] = places[_BITS].to_bytes(32, "little")
    try:
        return _STRUCT.pack(*places)
    except error:
        capped = [
            min(item, LARGEST) if code == "I" else item for item, code in zip(places, _CODES, strict=True)
        ]
        return _STRUCT.pack(*capped)


def unpack(packed: bytes) -> tuple[Number, ...]:
    """The inverse of `pack`, places in the order of `PLACES`."""
    if len(packed) != SIZE:
        raise MergeFault(f"{len(packed)} bytes where {SIZE} are due")
    places = _STRUCT.unpack(packed)
    return (*places[:_BITS], int.from_bytes(places[_BITS], "little"), *places[_BUCKET:])


def merge(ours: bytes, theirs: bytes) -> bytes:
    """Both memories as one. This is the reference for the store's script."""
    a, b = unpack(ours), unpack(theirs)
    bucket = int(max(a[_BUCKET], b[_BUCKET]))
    return pack(
        (
            *(x + y for x, y in zip(a[:_SUMS], b[:_SUMS], strict=True)),
            min(a[_SUMS], b[_SUMS]),
            *map(max, a[_MAXIMA:_BITS], b[_MAXIMA:_BITS]),
            int(a[_BITS]) | int(b[_BITS]),
            bucket,
            *(x + y for x, y in zip(_windows(a, bucket), _windows(b, bucket), strict=True)),
        )
    )


def subtract(later: bytes, earlier: bytes) -> bytes:
    """What `later` counted and `earlier` had not; the rest stays whole, as it merges twice safely."""
    counts = _difference(later[:_COUNT_BYTES], earlier[:_COUNT_BYTES], _COUNT_GUARD)
    windows = _difference(later[_WINDOW_BYTES:], _rolled(earlier, later), _WINDOW_GUARD)
    if counts is not None and windows is not None:
        return counts + later[_COUNT_BYTES:_WINDOW_BYTES] + windows
    a, b = unpack(later), unpack(earlier)
    bucket = int(max(a[_BUCKET], b[_BUCKET]))
    return pack(
        (
            *(max(x - y, 0) for x, y in zip(a[:_SUMS], b[:_SUMS], strict=True)),
            *a[_SUMS:_BUCKET],
            bucket,
            *(max(x - y, 0) for x, y in zip(_windows(a, bucket), _windows(b, bucket), strict=True)),
        )
    )


def strip(packed: bytes) -> bytes:
    """The part of a memory that `subtract` takes away; 64 bytes a client are worth the cut."""
    return packed[:_COUNT_BYTES] + packed[_BUCKET_BYTES:]


def restore(stripped: bytes, like: bytes) -> bytes:
    """A stripped memory with the rest taken from `like`."""
    return stripped[:_COUNT_BYTES] + like[_COUNT_BYTES:_BUCKET_BYTES] + stripped[_COUNT_BYTES:]


def is_nothing(delta: bytes) -> bool:
    """True where no count is above zero."""
    return delta.startswith(_NO_COUNTS)


def _difference(later: bytes, earlier: bytes, guard: int) -> bytes | None:
    """Every number of `later` less its like in `earlier`, at once; None where one is negative or huge.

    The bytes are one long integer. A guard bit on top of each number stops it from borrowing of the next, and
    tells by its absence that it would have. Takes 1 µs, where one number after the other takes 12 µs.
    """
    minuend, subtrahend = int.from_bytes(later, "little"), int.from_bytes(earlier, "little")
    if (minuend | subtrahend) & guard:
        return None
    result = (minuend | guard) - subtrahend
    if result & guard != guard:
        return None
    return (result ^ guard).to_bytes(len(later), "little")


def _guard(codes: str) -> int:
    """The highest bit of each number, as one integer."""
    guard, bits = 0, 0
    for code in codes:
        bits += _BITS_OF[code]
        guard |= 1 << (bits - 1)
    return guard


def _rolled(earlier: bytes, later: bytes) -> bytes:
    """The packed windows of `earlier` as they stand at the time of `later`."""
    if earlier[_BUCKET_BYTES:_WINDOW_BYTES] == later[_BUCKET_BYTES:_WINDOW_BYTES]:
        return earlier[_WINDOW_BYTES:]
    before, *windows = _TAIL.unpack_from(earlier, _BUCKET_BYTES)
    (bucket,) = _BUCKET_CODE.unpack_from(later, _BUCKET_BYTES)
    if bucket < before:
        return _ALL_ONES  # the slow way, which rolls the later one instead
    return _TAIL.pack(bucket, *_roll(windows, before, bucket))[_BUCKET_CODE.size :]


def _windows(places: tuple[Number, ...], bucket: int) -> list[Number]:
    """The window counts as they stand once the time has come to `bucket`."""
    return _roll(list(places[_WINDOWS:]), int(places[_BUCKET]), bucket)


def _roll(windows: list[Number], before: int, bucket: int) -> list[Number]:
    if before == bucket:
        return windows
    for place, span in enumerate(WINDOW_SPANS):
        passed = bucket // span - before // span
        if passed == 0:
            continue
        windows[2 * place + 1] = windows[2 * place] if passed == 1 else 0
        windows[2 * place] = 0
    return windows


_BITS_OF = {"I": 32, "Q": 64}
_COUNT_GUARD = _guard(_CODES[:_SUMS])
_WINDOW_GUARD = _guard(_CODES[_WINDOWS:])
_NO_COUNTS = bytes(_COUNT_BYTES)
