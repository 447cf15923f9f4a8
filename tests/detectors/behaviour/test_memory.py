"""A packed memory is what was packed, in every language, and nothing else passes for one."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.memory import (
    ACCOUNTS_AT,
    BASIC_LANES,
    COUNT_SIZE,
    COUNTERS,
    COUNTS,
    FIELDS,
    HEAD_FORMAT,
    HEAD_SIZE,
    LARGEST,
    PLACES,
    ROUTE_LANES,
    SKETCH_SIZE,
    SKETCHES,
    SMALLEST,
    WIDE_COUNTS,
    MemoryFault,
    Merging,
    at_rest,
    bucket_of,
    from_rest,
    lane_count,
    lane_id,
    lanes_of,
    pack,
    pack_tail,
    requests_of,
    shared,
    unpack_head,
    unpack_words,
)
from detectors.behaviour.merge import as_told
from detectors.behaviour.step import step_of
from detectors.behaviour.windows import LANE
from proxy.state.script import _HEAD as LUA_HEAD
from tests.support.memories import BUCKET, MANY_ROUTES, SMALL, a_memory, joined_by, memories
from tests.support.requests import a_request

NOW = 1_790_000_000.0
ANY = SMALL | st.integers(LARGEST - 5, LARGEST)


@given(memories(counts=ANY, routes=MANY_ROUTES))
def test_packing_loses_nothing(memory: bytes) -> None:
    again = pack(unpack_head(memory), bucket_of(memory), unpack_words(memory), lanes_of(memory))

    assert again == memory


@given(memories(counts=ANY, routes=MANY_ROUTES))
def test_a_client_wakes_as_it_was_packed(memory: bytes) -> None:
    assert Client.wake("203.0.113.7", memory).pack() == memory


@given(memories(counts=ANY, routes=MANY_ROUTES), st.booleans())
def test_rest_loses_nothing(memory: bytes, nobody: bool) -> None:
    end = ACCOUNTS_AT + SKETCH_SIZE
    memory = memory[:ACCOUNTS_AT] + bytes(SKETCH_SIZE) + memory[end:] if nobody else memory
    resting = at_rest(memory)

    assert from_rest(resting) == memory
    assert len(memory) - len(resting) in ({SKETCH_SIZE} if nobody else {0, SKETCH_SIZE})


def test_one_who_was_on_one_route_rests_in_a_small_block() -> None:
    assert sys.getsizeof(at_rest(a_memory(1, routes={"product": 1}))) <= 512


@given(memories())
def test_single_facts_are_read_without_the_rest(memory: bytes) -> None:
    assert requests_of(memory) == unpack_head(memory)[PLACES.index("requests")]


@given(memories(routes=MANY_ROUTES))
def test_every_lane_has_its_words(memory: bytes) -> None:
    assert (
        len(unpack_words(memory)) == lane_count(memory) * LANE == (BASIC_LANES + len(lanes_of(memory))) * LANE
    )


NARROW = [name for name in COUNTS if name not in WIDE_COUNTS]


@pytest.mark.parametrize("name", NARROW)
def test_counts_saturate(name: str) -> None:
    packed = a_memory(**{name: 2**40})  # type: ignore[arg-type]

    assert unpack_head(packed)[PLACES.index(name)] == LARGEST


def test_words_saturate() -> None:
    places = [0] * len(PLACES)
    packed = pack(places, BUCKET, [2**40] * BASIC_LANES * LANE, ())

    assert set(unpack_words(packed)) == {LARGEST}


LENGTHS = {
    "nothing": 0,
    "one byte": 1,
    "one byte less than the smallest": SMALLEST - 1,
    "one byte more": SMALLEST + 1,
    "a lane without its number": SMALLEST + 4 * LANE,
    "one lane too many": SMALLEST + (ROUTE_LANES + 1) * (4 * LANE + 4),
}


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS)
def test_bytes_of_another_layout_are_refused_and_change_nothing(length: int) -> None:
    client = Client("203.0.113.7", NOW)
    before = client.pack()
    with pytest.raises(MemoryFault):
        client.absorb(bytes(length))

    assert (client.known, client.base, client.pack()) == (False, None, before)


def test_both_languages_read_the_same_layout() -> None:
    assert HEAD_FORMAT.replace("I", "I4").replace("Q", "I8").replace("32s", "c32") + "I4" == LUA_HEAD


def test_every_field_has_one_place() -> None:
    assert len(set(PLACES)) == len(PLACES) == len(FIELDS)


def test_all_counters_are_sums_and_come_first() -> None:
    assert joined_by(Merging.SUM) == list(PLACES[: len(COUNTERS)])


def test_all_sketches_are_bits_and_come_last() -> None:
    assert joined_by(Merging.BITS) == list(SKETCHES) == list(PLACES[-len(SKETCHES) :])


def test_a_memory_of_nothing_begins_with_no_counts() -> None:
    assert a_memory().startswith(bytes(COUNT_SIZE))


def test_a_route_has_the_same_lane_on_every_machine() -> None:
    assert lane_id("product") == 3544843437


def test_a_route_that_is_not_utf8_has_a_lane() -> None:
    assert lane_id("\udcff") == lane_id("\udcff")


def test_equal_lanes_are_one_object() -> None:
    first, second = (lanes_of(a_memory(routes={"home": 1, "cart": 2})) for _ in range(2))

    assert first is second


def test_the_memory_of_equal_lanes_is_bounded() -> None:
    for number in range(10_000):
        shared((number,))

    assert shared((1, 2)) is shared((1, 2))


@pytest.mark.parametrize("kind", [Client, Crowd])
def test_a_memory_of_the_largest_numbers_can_be_counted_on(kind: type[Client] | type[Crowd]) -> None:
    """Somebody who may write into the store stops nobody's sharing."""
    full = b"\xff" * COUNT_SIZE + bytes(HEAD_SIZE - COUNT_SIZE)
    forged = full + pack_tail(179_000_000, [LARGEST] * (BASIC_LANES * LANE), ())
    one = kind("shop/203.0.113.7", NOW)
    one.absorb(forged)
    if isinstance(one, Client):
        one.arrive(step_of(a_request("/product/17")), NOW)
        one.respond(200, 1000)
    else:
        one.arrive(NOW, page=True)
        one.fold(as_told(forged))
    one.cut()

    assert len(one.pack()) == len(forged)
    assert kind.wake(one.key, one.pack()).settled
