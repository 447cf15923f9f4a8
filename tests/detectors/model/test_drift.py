"""The stability index keeps its laws, and only sound summaries are counted against."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from detectors.model.drift import FLOOR, WINDOW_S, Histogram, Tally, histograms, shares_of, stability_index

COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=10).filter(any)
PAIRS = st.integers(2, 10).flatmap(
    lambda bins: st.tuples(
        *[st.lists(st.integers(0, 1000), min_size=bins, max_size=bins).filter(any).map(shares_of)] * 2
    )
)
NOW = 1_800_000_000.0
HALVES = {0: Histogram((1.0,), (0.5, 0.5))}


@given(COUNTS)
def test_equal_distributions_are_not_apart(counts):
    assert stability_index(shares_of(counts), shares_of(counts)) == 0.0


@given(PAIRS)
def test_the_order_does_not_matter(pair):
    one, other = pair

    assert math.isclose(stability_index(one, other), stability_index(other, one), abs_tol=1e-12)


@given(PAIRS)
def test_it_is_never_negative_and_always_a_number(pair):
    found = stability_index(*pair)

    assert found >= 0.0
    assert math.isfinite(found)


@given(COUNTS, st.data())
def test_mass_that_moves_on_raises_it(counts, data):
    shares = shares_of(counts)
    source, goal = data.draw(st.permutations(range(len(shares))))[:2]
    steps = sorted(data.draw(st.tuples(*[st.floats(0.01, 1.0)] * 2)))
    assume(shares[source] > 10 * FLOOR)
    assume(steps[0] < steps[1])
    near, far = ([*shares], [*shares])
    for moved, part in ((near, steps[0]), (far, steps[1])):
        moved[source] -= shares[source] * part
        moved[goal] += shares[source] * part

    assert 0.0 < stability_index(shares, near) < stability_index(shares, far)


def test_a_textbook_shift():
    assert stability_index((0.5, 0.5), (0.6, 0.4)) == pytest.approx(0.1 * math.log(1.2) - 0.1 * math.log(0.8))


def test_a_bin_holds_what_is_at_most_its_cut():
    tally = Tally({0: Histogram((1.0, 2.0), (0.2, 0.3, 0.5))}, NOW)
    for number in (0.0, 1.0, 1.5, 2.0, 2.1, math.inf):
        tally.add([number], NOW)

    assert tally.counts(NOW) == {0: [2, 2, 2]}


FORGETTING = {
    "at once": (0.0, 1),
    "within the window": (WINDOW_S - 1, 1),
    "in the next window": (WINDOW_S, 1),
    "two windows later": (2 * WINDOW_S, 0),
    "the clock was set back": (-60.0, 0),
}


@pytest.mark.parametrize(("later_s", "left"), FORGETTING.values(), ids=FORGETTING)
def test_rows_are_forgotten_window_by_window(later_s, left):
    tally = Tally(HALVES, NOW)
    tally.add([0.0], NOW)

    assert sum(tally.counts(NOW + later_s)[0]) == left


def test_a_row_is_told_for_less_than_two_windows():
    tally = Tally(HALVES, NOW)
    tally.add([0.0], NOW + WINDOW_S - 1)
    tally.add([2.0], NOW + WINDOW_S)

    assert tally.counts(NOW + WINDOW_S + 1) == {0: [1, 1]}
    assert tally.counts(NOW + 2 * WINDOW_S) == {0: [0, 1]}


def test_a_sound_summary_is_read_by_the_place_of_the_feature():
    training = {"summary": {"b": {"cuts": [1, 2.5], "shares": [0.25, 0.25, 0.5]}, "c": {}}}

    assert histograms(training, ("a", "b", "c")) == {1: Histogram((1.0, 2.5), (0.25, 0.25, 0.5))}


def test_a_feature_that_was_always_the_same_has_one_bin():
    assert histograms({"summary": {"a": {"cuts": [], "shares": [1]}}}, ("a",)) == {0: Histogram((), (1.0,))}


UNSOUND = {
    "no object": 7,
    "no shares": {"cuts": [1.0]},
    "too few shares": {"cuts": [1.0], "shares": [1.0]},
    "cuts that fall": {"cuts": [2.0, 1.0], "shares": [0.5, 0.25, 0.25]},
    "a cut twice": {"cuts": [1.0, 1.0], "shares": [0.5, 0.25, 0.25]},
    "a negative share": {"cuts": [1.0], "shares": [-0.5, 1.5]},
    "more than all": {"cuts": [1.0], "shares": [0.9, 0.9]},
    "no number": {"cuts": [1.0], "shares": [math.nan, 1.0]},
    "an endless cut": {"cuts": [math.inf], "shares": [0.5, 0.5]},
    "a number without bounds": {"cuts": [10**400], "shares": [0.5, 0.5]},
    "text": {"cuts": ["1"], "shares": [0.5, 0.5]},
    "truth": {"cuts": [True], "shares": [0.5, 0.5]},
    "too many": {"cuts": list(range(10)), "shares": [0.1] * 10 + [0.0]},
}


@pytest.mark.parametrize("summary", UNSOUND.values(), ids=UNSOUND)
def test_what_is_no_distribution_is_left_out(summary):
    assert histograms({"summary": {"a": summary}}, ("a",)) == {}


@pytest.mark.parametrize("training", [{}, {"summary": None}, {"summary": [1]}])
def test_a_bundle_without_a_summary_has_no_histograms(training):
    assert histograms(training, ("a",)) == {}
