"""Windows slide: what they tell is close to the truth, and adds up over workers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.windows import BUCKET_S, LANE, SPANS, WINDOWS, roll, slide

BUCKET = 179_000_000
NOW = BUCKET * BUCKET_S
DAY = SPANS["1d"]

lanes = st.integers(1, 4).flatmap(
    lambda count: st.lists(st.integers(0, 1000), min_size=count * LANE, max_size=count * LANE)
)
buckets = st.integers(BUCKET, BUCKET + 3 * DAY)
strides = st.lists(st.integers(0, 7) | st.integers(0, DAY), max_size=12)


def rolled(words: list[int], before: int, *stops: int) -> list[int]:
    words = list(words)
    for bucket in stops:
        roll(words, before, bucket)
        before = max(before, bucket)
    return words


def counted(moments: list[float]) -> tuple[list[int], int]:
    """One lane that counted an event at each of these moments, in order; and its bucket."""
    words, bucket = [0] * LANE, BUCKET
    for moment in moments:
        at = int(moment / BUCKET_S)
        roll(words, bucket, at)
        bucket = max(bucket, at)
        words[0] += 1
    return words, bucket


@given(lanes, buckets, strides)
def test_step_by_step_is_at_once(words: list[int], before: int, strides: list[int]) -> None:
    stops = [before + sum(strides[: number + 1]) for number in range(len(strides))]

    assert rolled(words, before, *stops) == rolled(words, before, before + sum(strides))


@given(lanes, buckets, st.integers(0, 2 * DAY))
def test_lanes_rolled_apart_add_up_to_the_lanes_rolled_together(
    words: list[int], before: int, stride: int
) -> None:
    others = words[::-1]
    apart = [
        ours + theirs
        for ours, theirs in zip(
            rolled(words, before, before + stride), rolled(others, before, before + stride), strict=True
        )
    ]
    together = [ours + theirs for ours, theirs in zip(words, others, strict=True)]

    assert apart == rolled(together, before, before + stride)


@given(lanes, buckets, st.integers(0, 2 * DAY))
def test_time_does_not_run_backwards(words: list[int], before: int, stride: int) -> None:
    assert rolled(words, before, before - stride) == words


@pytest.mark.parametrize("share", [0.0, 0.31, 0.5, 0.97])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_steady_rate_is_estimated_within_a_tenth(window: str, share: float) -> None:
    width = WINDOWS[window]
    end = NOW + (3 + share) * width
    words, bucket = counted([end - (800 - number) * width / 200 for number in range(800)])

    assert slide(words, 0, bucket, window, end) == pytest.approx(200, rel=0.1)


@pytest.mark.parametrize("window", WINDOWS)
def test_what_was_counted_is_forgotten_after_two_windows(window: str) -> None:
    words, bucket = counted([NOW + 1.0] * 50)

    assert slide(words, 0, bucket, window, NOW + 2 * WINDOWS[window]) == 0


@pytest.mark.parametrize("window", WINDOWS)
def test_what_was_just_counted_is_there_in_full(window: str) -> None:
    words, bucket = counted([NOW + 1.0] * 50)

    assert slide(words, 0, bucket, window, NOW + 2.0) == 50


@given(
    st.lists(st.floats(0, 3 * 86_400), max_size=50).map(sorted),
    st.sampled_from(list(WINDOWS)),
    st.floats(0, 86_400),
)
def test_an_estimate_lies_between_the_running_period_and_that_with_the_one_before(
    moments: list[float], window: str, pause: float
) -> None:
    moments = [NOW + moment for moment in moments]
    now = (moments[-1] if moments else NOW) + pause
    words, bucket = counted(moments)
    periods = [int(moment / BUCKET_S / SPANS[window]) for moment in moments]
    period = int(now / BUCKET_S / SPANS[window])
    running, before = periods.count(period), periods.count(period - 1)

    assert running - 1e-6 <= slide(words, 0, bucket, window, now) <= running + before + 1e-6


def test_another_worker_s_clock_may_be_ahead() -> None:
    words, bucket = counted([NOW + 25.0] * 7)

    assert slide(words, 0, bucket, "1m", NOW) == 7


def test_a_window_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        slide([0] * LANE, 0, BUCKET, "1y", NOW)
