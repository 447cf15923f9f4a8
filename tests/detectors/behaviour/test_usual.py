"""What is usual is learned from whoever is not accused, forgotten slowly, and hard to change from outside."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.behaviour.usual import HALVE_AT, MAX_PLACES, MAX_TRAILS, Row, Spread, Usual
from tests.support.requests import a_request
from tests.support.usual import a_shopper, a_site, a_walker

PLACES = st.lists(st.sampled_from("abcdefgh"), max_size=200)


@given(PLACES, st.sampled_from("abcdefghi"))
def test_surprise_is_never_negative(steps: list[str], place: str) -> None:
    row = Row()
    for step in steps:
        row.learn(step)

    assert row.surprise(place) >= 0.0


@given(PLACES, st.sampled_from("abcdefgh"))
def test_what_becomes_common_surprises_less(steps: list[str], place: str) -> None:
    row = Row()
    for step in [*steps, "other"]:
        row.learn(step)
    before = row.surprise(place)
    for _ in range(300):
        row.learn(place)

    assert row.surprise(place) < before


@given(st.integers(1, 30_000))
def test_counts_are_bounded(steps: int) -> None:
    row = Row()
    for number in range(steps):
        row.learn("abc"[number % 3])

    assert row.total == sum(row.counts.values()) < HALVE_AT


def test_places_and_sessions_are_bounded() -> None:
    usual, step = Usual(), step_of(a_request("/"))
    for number in range(MAX_TRAILS + 1000):
        usual.observe(Client(f"s={number}", 0.0), step, f"route {number}", teaches=True)

    assert (len(usual) <= MAX_TRAILS, len(usual._places)) == (True, MAX_PLACES)


@given(st.integers(0, 1000))
def test_the_running_median_finds_the_middle(seed: int) -> None:
    chance, spread = Random(seed), Spread(0.01)
    for _ in range(2000):
        spread.learn(chance.gauss(40.0, 3.0))

    assert (spread.centre, spread.deviation) == (pytest.approx(40.0, abs=1.5), pytest.approx(2.0, abs=1.0))


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_sessions_hardly_matters(seed: int) -> None:
    usual, chance = a_site(800, seed=seed), Random(seed)
    walkers = [a_walker(usual, chance, teaches=False) for _ in range(20)]
    shoppers = [a_shopper(usual, chance, teaches=False) for _ in range(200)]

    assert all(usual.unlike(walker) for walker in walkers)
    assert sum(bool(usual.unlike(shopper)) for shopper in shoppers) <= 2


def test_who_is_accused_teaches_nothing() -> None:
    usual, chance = a_site(800), Random(9)
    for _ in range(3000):
        a_walker(usual, chance, teaches=False)

    assert usual.unlike(a_walker(usual, chance))


# Of 100 visits that get as far and that nothing else accuses, so many are the attacker's.
SHARES = {0: True, 10: True, 20: True, 25: True, 45: False}


@pytest.mark.parametrize(("share", "seen"), SHARES.items())
def test_what_it_takes_to_become_usual(share: int, seen: bool) -> None:
    usual = a_site(20 * (100 - share), walkers=20 * share)

    assert bool(usual.unlike(a_walker(usual, Random(3)))) is seen
