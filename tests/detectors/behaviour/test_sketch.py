"""A sketch says how many different things there were, as well as its docstrings claim, over many draws."""

from functools import reduce
from math import sqrt
from operator import or_
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.memory import SKETCHES
from detectors.behaviour.sketch import (
    BITS,
    LARGEST,
    bit_of,
    bit_of_text,
    distinct,
    estimate,
    linear,
)

DRAWS = 80  # the standard error of the measured error is then 8 %
SLACK = 1.3
FULL = 2**BITS - 1

hashes = st.lists(st.integers(0, 2**32 - 1), max_size=300)


def sketch_of(hashed: list[int]) -> int:
    return reduce(or_, map(bit_of.__wrapped__, hashed), 0)


def a_path_sketch(hashed: list[int]) -> int:
    """As a client keeps its paths: 256 places, all alike."""
    return reduce(or_, [1 << (one >> 24) for one in hashed], 0)


def drawn(things: int, seed: int) -> list[int]:
    draw = Random(seed)
    return [draw.getrandbits(32) for _ in range(things)]


def root_mean_square(errors: list[float]) -> float:
    return sqrt(sum(error * error for error in errors) / len(errors))


CLAIMED = {10: 1.0, 50: 5.0, 100: 10.0, 250: 30.0, 1000: 120.0, 4000: 720.0, 8000: 1440.0}
CLAIMED_OF_LINEAR = {50: 2.0, 100: 5.0, 250: 13.0, 500: 32.0}


@pytest.mark.parametrize(("things", "error"), CLAIMED.items(), ids=map(str, CLAIMED))
def test_the_estimate_errs_as_little_as_it_claims(things: int, error: float) -> None:
    errors = [estimate(sketch_of(drawn(things, seed))) - things for seed in range(DRAWS)]

    assert root_mean_square(errors) < error * SLACK


@pytest.mark.parametrize("things", CLAIMED, ids=map(str, CLAIMED))
def test_the_estimate_leans_to_neither_side(things: int) -> None:
    errors = [estimate(sketch_of(drawn(things, seed))) - things for seed in range(DRAWS)]

    assert abs(sum(errors) / DRAWS) < 0.06 * things


@pytest.mark.parametrize(
    ("things", "error"), CLAIMED_OF_LINEAR.items(), ids=[str(things) for things in CLAIMED_OF_LINEAR]
)
def test_linear_counting_errs_as_little_as_it_claims(things: int, error: float) -> None:
    errors = [linear(a_path_sketch(drawn(things, seed))) - things for seed in range(DRAWS)]

    assert root_mean_square(errors) < error * SLACK


EXACT = {"nothing": ([], 0.0), "one thing": ([17], 1.0), "one thing again and again": ([17] * 50, 1.0)}


@pytest.mark.parametrize(("hashed", "count"), EXACT.values(), ids=EXACT)
def test_none_and_one_are_exact(hashed: list[int], count: float) -> None:
    assert estimate(sketch_of(hashed)) == count


def test_a_full_sketch_reads_its_largest_number() -> None:
    assert round(estimate(FULL)) == LARGEST


@given(hashes, hashes)
def test_two_sketches_joined_by_or_are_the_sketch_of_both(ours: list[int], theirs: list[int]) -> None:
    assert sketch_of(ours) | sketch_of(theirs) == sketch_of(ours + theirs)


@given(hashes)
def test_the_order_of_things_does_not_matter(hashed: list[int]) -> None:
    assert sketch_of(hashed) == sketch_of(sorted(hashed) + hashed[:7])


@given(st.integers(0, FULL))
def test_any_bits_give_a_number_within_bounds(bits: int) -> None:
    assert 0.0 <= estimate(bits) <= LARGEST + 1


@given(st.integers(0, 2**32 - 1))
def test_a_thing_has_one_bit(hashed: int) -> None:
    assert bit_of(hashed).bit_count() == 1


def test_half_of_all_things_are_heard_by_the_first_part() -> None:
    heard = sum(bit_of.__wrapped__(hashed) < 1 << 32 for hashed in range(10_000))

    assert heard == pytest.approx(5_000, rel=0.05)


def test_the_bit_of_a_text_is_the_same_on_every_machine() -> None:
    assert bit_of_text("203.0.113.7").bit_length() - 1 == 3


def test_text_that_is_not_utf8_has_a_bit() -> None:
    assert bit_of_text("/\udcff").bit_count() == 1


@pytest.mark.parametrize("name", SKETCHES)
def test_paths_alone_are_counted_linearly(name: str) -> None:
    bits = sketch_of(drawn(500, 1))

    assert distinct(name, bits) == (linear(bits) if name == "paths" else estimate(bits))
