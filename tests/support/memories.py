"""Packed memories for tests: any that can be drawn, and small ones by hand."""

from typing import Any

from hypothesis import strategies as st

from detectors.behaviour.memory import (
    BASIC_LANES,
    COUNTERS,
    FIELDS,
    LARGEST,
    PLACES,
    ROUTE_LANES,
    Merging,
    bucket_of,
    lane_count,
    lane_id,
    lanes_of,
    pack,
    unpack_head,
    unpack_words,
)
from detectors.behaviour.windows import LANE, roll

BUCKET = 179_000_000
ROUTES = tuple(lane_id(f"route-{number}") for number in range(ROUTE_LANES))
MANY_ROUTES = tuple(lane_id(f"route-{number}") for number in range(2 * ROUTE_LANES))
BUCKETS = st.integers(BUCKET, BUCKET + 800) | st.integers(BUCKET, BUCKET + 20_000)  # two days roll all away
MOMENTS = st.integers(1_790_000_000, 1_790_200_000).map(float)
SMALL = st.integers(0, 1_000)
WIDE = st.integers(0, 2**45)  # the store's script counts exactly up to 2**53
NEARLY_FULL = st.integers(LARGEST - 5, LARGEST)

Whole = tuple[tuple[Any, ...], int, dict[int, list[int]]]


@st.composite
def memories(
    draw: st.DrawFn,
    *,
    counts: st.SearchStrategy[int] = SMALL,
    routes: tuple[int, ...] = ROUTES,
    epochs: st.SearchStrategy[float] = MOMENTS,
    buckets: st.SearchStrategy[int] = BUCKETS,
) -> bytes:
    """Any memory: counts from `counts`, some of `routes` in any order, any bucket within two days."""
    by_code = {"I": counts, "Q": WIDE, "d": MOMENTS, "S": st.integers(0, 2**256 - 1) | st.just(0)}
    places = [draw(epochs if field.name == "epoch" else by_code[field.code]) for field in FIELDS]
    lanes = tuple(draw(st.lists(st.sampled_from(routes), max_size=ROUTE_LANES, unique=True)))
    size = (BASIC_LANES + len(lanes)) * LANE
    words = draw(st.lists(counts, min_size=size, max_size=size))
    return pack(places, draw(buckets), words, lanes)


def a_memory(
    requests: int = 0, *, bucket: int = BUCKET, routes: dict[str, int] | None = None, **places: Any
) -> bytes:
    """A memory of so many requests in the running ten seconds, in all and by route."""
    routes = routes or {}
    facts = dict.fromkeys(PLACES, 0) | {"requests": requests} | places
    words = [requests, *[0] * (BASIC_LANES * LANE - 1)]
    for count in routes.values():
        words += [count, *[0] * (LANE - 1)]
    return pack([facts[name] for name in PLACES], bucket, words, tuple(map(lane_id, routes)))


def whole(packed: bytes, bucket: int = 0) -> Whole:
    """A memory in a form that does not know the order of lanes, nor lanes in which nothing was counted.

    The words stand as they will at `bucket`, where that is later.
    """
    words = unpack_words(packed)
    later = max(bucket_of(packed), bucket)
    roll(words, bucket_of(packed), later)
    lanes = {
        lane: words[at * LANE : (at + 1) * LANE]
        for at, lane in enumerate((*range(BASIC_LANES), *lanes_of(packed)))
    }
    assert lane_count(packed) == len(lanes)
    return unpack_head(packed), later, {lane: counted for lane, counted in lanes.items() if any(counted)}


def sums(packed: bytes, bucket: int = 0) -> tuple[dict[str, int], dict[int, list[int]]]:
    """All that adds up: the counts by name, and the words as `whole` gives them."""
    places, _, lanes = whole(packed, bucket)
    return {name: places[PLACES.index(name)] for name in COUNTERS}, lanes


def joined_by(merging: Merging) -> list[str]:
    """The fields that are joined this way."""
    return [field.name for field in FIELDS if field.merging is merging]
