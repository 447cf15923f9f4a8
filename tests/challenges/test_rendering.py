"""What a browser measures is worked out without one; the browsers' side is in test_probes_in_browser.py."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from challenges.rendering import (
    MAX_NUMBERS,
    QUESTIONS,
    Draw,
    children,
    expected_numbers,
    floats,
    is_rendered,
    margins,
    places,
    shares,
)
from tests.challenges.probe_page import seed_of
from tests.support.testimonies import RECORDED

IDS = some.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=22, max_size=22)


class Dealt(Draw):
    """Gives the numbers that a case names, each within its bounds."""

    def __init__(self, *numbers: int) -> None:
        super().__init__("")
        self.numbers = list(numbers)

    def between(self, low: int, high: int) -> int:
        assert low <= self.numbers[0] <= high
        return self.numbers.pop(0)


ANSWERS = {
    "flex shares what is left over": (shares, (400, 1, 1, 100, 2, 2, 100, 1, 1, 100), [125, 150, 275]),
    "flex shares what is missing": (shares, (240, 1, 1, 100, 1, 1, 100, 1, 2, 100), [85, 85, 170]),
    "margins collapse": (margins, (200, 20, 0, 10, 1, 30, 40, 5, 1, 20, 3, 1, 2), [62, 99, 24]),
    "a negative margin is taken off": (margins, (200, 20, 0, 10, 1, 30, -5, 5, 1, 20, 3, 1, 2), [27, 64, 24]),
    "floats go below when the row is full": (floats, (50, 20, 20, 20, 20, 8, 8, 8, 8), [0, 40, 60]),
    "boxes between offsets, and in the middle": (
        places,
        (200, 100, 20, 10, 30, 10, 20, 0, 100),
        [30, 140, 70, 50],
    ),
    "every third child but not every second from the end": (children, (12, 3, 1, 2), [4, 2]),
}


@pytest.mark.parametrize(("question", "dealt", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_boxes_lie_by_the_rules_of_css(question, dealt, answer):
    assert question(Dealt(*dealt)) == pytest.approx(answer)


@pytest.mark.parametrize("vector", RECORDED.values(), ids=RECORDED)
def test_what_browsers_measured_is_right(vector):
    assert is_rendered(vector["seed"], vector["testimony"]["r"])


@pytest.mark.parametrize("vector", RECORDED.values(), ids=RECORDED)
def test_what_a_browser_measured_for_one_ticket_is_wrong_for_others(vector):
    assert not any(is_rendered(seed_of(number), vector["testimony"]["r"]) for number in range(1000, 1500))


@given(IDS)
def test_a_pixel_of_rounding_is_forgiven_and_three_are_not(ticket_id):
    right = [round(number) for number in expected_numbers(ticket_id)]
    wrong = [*right[:-1], right[-1] + 3]

    assert (is_rendered(ticket_id, right), is_rendered(ticket_id, wrong)) == (True, False)


@given(IDS, some.lists(some.integers(), max_size=40))
def test_any_numbers_are_weighed_without_fault(ticket_id, numbers):
    assert is_rendered(ticket_id, numbers) in {True, False}


@given(IDS)
def test_the_answer_is_short_and_of_lengths_that_can_be(ticket_id):
    numbers = expected_numbers(ticket_id)

    assert len(numbers) <= MAX_NUMBERS
    assert all(-60 <= number <= 600 for number in numbers)


def test_a_program_without_boxes_measures_nothing():
    """As jsdom does, whose boxes all lie at nought."""
    wanted = len(expected_numbers(seed_of(1)))

    assert not any(is_rendered(seed_of(1), [0] * count) for count in (0, wanted - 1, wanted, wanted + 1))


def test_every_question_is_asked_now_and_then():
    asked = {len(expected_numbers(seed_of(number))) for number in range(200)}

    assert len(QUESTIONS) == 5
    assert asked == {8, 9, 10}


def test_it_costs_microseconds():
    started = time.process_time()
    for number in range(2000):
        expected_numbers(seed_of(number))

    assert (time.process_time() - started) / 2000 < 120e-6  # 20 µs on the machine it was written on
