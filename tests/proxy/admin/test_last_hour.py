"""The last hour is what came since the oldest sample that is not older."""

import pytest

from proxy.admin.funnel_figures import Share, Visibility
from proxy.admin.last_hour import LastHour


def seen(count: int) -> Visibility:
    return Visibility(Share(count, 10 * count), Share(count, 5 * count))


def test_nothing_is_known_before_the_first_sample():
    assert LastHour().until(seen(3)) is None


@pytest.mark.parametrize(("minutes", "lately"), [(10, 10), (60, 60), (61, 60), (500, 60)])
def test_tells_what_came_within_an_hour(minutes, lately):
    hour = LastHour()
    for minute in range(minutes + 1):
        hour.take(60.0 * minute, seen(minute))

    assert hour.until(seen(minutes)) == seen(lately)


def test_keeps_one_sample_a_minute():
    hour = LastHour()
    for second in range(0, 7200, 5):
        hour.take(float(second), seen(second))

    assert len(hour._samples) == 61
