import pytest

from challenges.timed_form import seconds_left

CASES = {
    "at once": (100.0, 5.0),
    "halfway": (102.5, 2.5),
    "just in time": (105.0, 0.0),
    "long after": (500.0, 0.0),
    "a clock set back": (40.0, 5.0),
}


@pytest.mark.parametrize(("now", "left"), CASES.values(), ids=CASES)
def test_says_how_long_to_wait(now, left):
    assert seconds_left(issued=100.0, wait_s=5.0, now=now) == left
