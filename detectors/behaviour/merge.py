"""Two packed memories become one, or one is taken from the other. The store's script obeys the same rules.

Whole regions are joined as long integers: 1 µs, where one number after the other takes 12 µs.
"""

from struct import error, unpack_from
from struct import pack as pack_words

from detectors.behaviour.memory import (
    APART,
    BASIC_LANES,
    BITS_AT,
    COUNT_SIZE,
    COUNTS,
    HEAD_SIZE,
    LANE_SIZE,
    LARGEST,
    LARGEST_WIDE,
    ROUTE_LANES,
    TIMES,
    WIDE_COUNTS,
    WORDS_AT,
    bucket_of,
    lane_count,
    lanes_of,
    unpack_words,
    with_epoch,
)
from detectors.behaviour.windows import LANE, roll

_COUNT_FORMAT = f"<{len(COUNTS)}I{len(WIDE_COUNTS)}Q"
_NONE = bytes(4 * len(APART))
_SKETCHES_SIZE = HEAD_SIZE - BITS_AT


def merge(ours: bytes, theirs: bytes) -> bytes:
    """Both memories as one. Raises MemoryFault. This is the reference for the store's script."""
    a, b, tail = _aligned(ours, theirs)
    words = _sum(a, b, _guard_of_words(len(a)))
    return merge_heads(ours, theirs) + tail(_capped_sum(a, b) if words is None else words)


def subtract(later: bytes, earlier: bytes) -> bytes:
    """What `later` counted and `earlier` had not; times and sketches stay whole, as they merge twice safely.

    Never below zero. Raises MemoryFault.
    """
    a, b, tail = _aligned(later, earlier)
    counts = difference_of_counts(later, earlier)
    words = _difference(a, b, _guard_of_words(len(a)))
    return counts + later[COUNT_SIZE:HEAD_SIZE] + tail(_capped_difference(a, b) if words is None else words)


def sum_of_counts(ours: bytes, theirs: bytes) -> bytes:
    """The counts at the start of both, added up."""
    counts = _sum(ours[:COUNT_SIZE], theirs[:COUNT_SIZE], _COUNT_GUARD)
    return _slow_sum_of_counts(ours, theirs) if counts is None else counts


def difference_of_counts(later: bytes, earlier: bytes) -> bytes:
    """The counts at the start of `later` less those of `earlier`, never below zero."""
    counts = _difference(later[:COUNT_SIZE], earlier[:COUNT_SIZE], _COUNT_GUARD)
    return _slow_difference_of_counts(later, earlier) if counts is None else counts


def merge_heads(ours: bytes, theirs: bytes) -> bytes:
    """The fields of both as one; windows play no part."""
    return sum_of_counts(ours, theirs) + _joined(ours, theirs)


def without_requests(packed: bytes) -> bytes:
    """The fields of a memory without shares, requests and pages, which a crowd counts itself."""
    return _NONE + packed[len(_NONE) : HEAD_SIZE]


def as_told(packed: bytes) -> bytes:
    """What a member's delta tells its crowds, of each of which the store has an epoch of its own."""
    return with_epoch(without_requests(packed))


class _Tail:
    """Bucket and lane numbers around words that are still to come."""

    __slots__ = ("_after", "_before")

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before = before
        self._after = after

    def __call__(self, words: bytes) -> bytes:
        return self._before + words + self._after


def _aligned(ours: bytes, theirs: bytes) -> tuple[bytes, bytes, _Tail]:
    """The words of both, brought to the later bucket and to the same lanes."""
    end = WORDS_AT + lane_count(ours) * LANE_SIZE
    if len(ours) != len(theirs) or ours[end:] != theirs[end:]:
        return _aligned_lanes(ours, theirs)
    a, b = ours[WORDS_AT:end], theirs[WORDS_AT:end]
    ours_at, theirs_at = bucket_of(ours), bucket_of(theirs)
    if ours_at > theirs_at:
        b = _packed(_words_at(theirs, ours_at))
    elif theirs_at > ours_at:
        a = _packed(_words_at(ours, theirs_at))
    later = ours if ours_at >= theirs_at else theirs
    return a, b, _Tail(later[HEAD_SIZE:WORDS_AT], ours[end:])


def _aligned_lanes(ours: bytes, theirs: bytes) -> tuple[bytes, bytes, _Tail]:
    known = lanes_of(ours)
    more = [lane for lane in lanes_of(theirs) if lane not in known]
    lanes = (*known, *more[: ROUTE_LANES - len(known)])
    bucket = max(bucket_of(ours), bucket_of(theirs))
    a, b = (_on_lanes(_words_at(each, bucket), lanes_of(each), lanes) for each in (ours, theirs))
    return _packed(a), _packed(b), _Tail(pack_words("<I", bucket), pack_words(f"<{len(lanes)}I", *lanes))


def _words_at(packed: bytes, bucket: int) -> list[int]:
    """The words of a memory as they stand at a later bucket."""
    words = unpack_words(packed)
    roll(words, bucket_of(packed), bucket)
    return words


def _on_lanes(words: list[int], own: tuple[int, ...], lanes: tuple[int, ...]) -> list[int]:
    """Words of the lanes `own` as words of `lanes`, which hold all of them or as many as there may be."""
    ordered = words[: BASIC_LANES * LANE]
    for lane in lanes:
        at = (BASIC_LANES + own.index(lane)) * LANE if lane in own else len(words)
        ordered += words[at : at + LANE] or [0] * LANE
    return ordered


def _packed(words: list[int]) -> bytes:
    try:
        return pack_words(f"<{len(words)}I", *words)
    except error:
        return pack_words(f"<{len(words)}I", *[min(word, LARGEST) for word in words])


def _joined(ours: bytes, theirs: bytes) -> bytes:
    """The parts that are no sums: the earliest, the latest and the longest, and all bits."""
    middle = ours[COUNT_SIZE:BITS_AT]
    if middle != theirs[COUNT_SIZE:BITS_AT]:
        first, *ours_last = TIMES.unpack_from(ours, COUNT_SIZE)
        first_b, *theirs_last = TIMES.unpack_from(theirs, COUNT_SIZE)
        middle = TIMES.pack(min(first, first_b), *map(max, ours_last, theirs_last))
    bits = ours[BITS_AT:HEAD_SIZE]
    if bits != theirs[BITS_AT:HEAD_SIZE]:
        both = int.from_bytes(bits, "little") | int.from_bytes(theirs[BITS_AT:HEAD_SIZE], "little")
        bits = both.to_bytes(_SKETCHES_SIZE, "little")
    return middle + bits


def _sum(ours: bytes, theirs: bytes, guard: int) -> bytes | None:
    """Every number of `ours` and its like in `theirs`, at once; None where one has its highest bit set."""
    a, b = int.from_bytes(ours, "little"), int.from_bytes(theirs, "little")
    if (a | b) & guard:
        return None
    return (a + b).to_bytes(len(ours), "little")


def _difference(later: bytes, earlier: bytes, guard: int) -> bytes | None:
    """Every number of `later` less its like in `earlier`, at once; None where one is negative or huge.

    A guard bit on top of each number stops it from borrowing of the next, and tells by its absence that it
    would have.
    """
    minuend, subtrahend = int.from_bytes(later, "little"), int.from_bytes(earlier, "little")
    if (minuend | subtrahend) & guard:
        return None
    result = (minuend | guard) - subtrahend
    if result & guard != guard:
        return None
    return (result ^ guard).to_bytes(len(later), "little")


def _slow_sum_of_counts(ours: bytes, theirs: bytes) -> bytes:
    a, b = unpack_from(_COUNT_FORMAT, ours), unpack_from(_COUNT_FORMAT, theirs)
    sums = [x + y for x, y in zip(a, b, strict=True)]
    return pack_words(_COUNT_FORMAT, *_capped(sums))


def _slow_difference_of_counts(later: bytes, earlier: bytes) -> bytes:
    a, b = unpack_from(_COUNT_FORMAT, later), unpack_from(_COUNT_FORMAT, earlier)
    return pack_words(_COUNT_FORMAT, *[max(x - y, 0) for x, y in zip(a, b, strict=True)])


def _capped(counts: list[int]) -> list[int]:
    narrow = len(COUNTS)
    return [min(item, LARGEST if place < narrow else LARGEST_WIDE) for place, item in enumerate(counts)]


def _capped_sum(a: bytes, b: bytes) -> bytes:
    format_ = f"<{len(a) // 4}I"
    pairs = zip(unpack_from(format_, a), unpack_from(format_, b), strict=True)
    return pack_words(format_, *[min(x + y, LARGEST) for x, y in pairs])


def _capped_difference(a: bytes, b: bytes) -> bytes:
    format_ = f"<{len(a) // 4}I"
    pairs = zip(unpack_from(format_, a), unpack_from(format_, b), strict=True)
    return pack_words(format_, *[max(x - y, 0) for x, y in pairs])


def _guard(sizes: list[int]) -> int:
    """The highest bit of each number, as one integer; sizes in bytes."""
    guard, bits = 0, 0
    for size in sizes:
        bits += 8 * size
        guard |= 1 << (bits - 1)
    return guard


_COUNT_GUARD = _guard([4] * len(COUNTS) + [8] * len(WIDE_COUNTS))
_WORD_GUARDS = [_guard([4] * (LANE * lanes)) for lanes in range(BASIC_LANES + ROUTE_LANES + 1)]


def _guard_of_words(size: int) -> int:
    return _WORD_GUARDS[size // LANE_SIZE]
