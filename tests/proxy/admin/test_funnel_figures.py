"""What the page says follows from what was counted."""

from math import inf

import pytest

from proxy.admin.funnel import SOLVE_BOUNDS_S
from proxy.admin.funnel_figures import Share, SolveTime, Steps, Visibility, funnel_figures, quantile

NOTHING = dict.fromkeys(
    (
        *("challenges", "challenge_failures", "solved", "solve_ms"),
        *("page_loads", "challenges_shown", "sessions", "sessions_asked"),
    ),
    (),
)
STEPS = [
    ["shop", "pow", "issued", 10],
    ["api", "pow", "issued", 5],
    ["shop", "pow", "fetched", 9],
    ["shop", "pow", "solved", 6],
    ["shop", "pow", "failed", 2],
    ["shop", "pow", "expired", 1],
    ["shop", "pow", "replayed", 3],
    ["shop", "refresh", "issued", 4],
    ["shop", "refresh", "solved", 3],
    ["shop", "cookie", "issued", 100],
    ["shop", "cookie", "solved", 90],
    ["shop", "unknown", "failed", 7],
]


def in_buckets(**counts: int) -> list[int]:
    """Counts by place: `b3=2` are two in the fourth bucket."""
    return [counts.get(f"b{place}", 0) for place in range(len(SOLVE_BOUNDS_S) + 1)]


def test_steps_are_added_up_by_rung_in_the_order_of_the_ladder():
    figures = funnel_figures({**NOTHING, "challenges": STEPS})

    assert list(figures.rungs.items()) == [
        ("cookie", Steps(100, 0, 90, 90)),
        ("refresh", Steps(4, 3, 3, 3)),
        ("pow", Steps(15, 9, 12, 6)),
        ("unknown", Steps(0, 0, 7, 0)),
    ]


def test_the_funnel_is_of_rungs_that_show_something():
    assert funnel_figures({**NOTHING, "challenges": STEPS}).visible == Steps(19, 12, 15, 9)


def test_reasons_are_told_most_first_and_late_or_second_answers_among_them():
    failures = [["form", "wrong_answer", 2], ["unknown", "forged", 7]]
    figures = funnel_figures({**NOTHING, "challenges": STEPS, "challenge_failures": failures})

    assert figures.failures == [
        ("forged", "unknown", 7),
        ("replayed", "pow", 3),
        ("wrong_answer", "form", 2),
        ("expired", "pow", 1),
    ]


QUANTILES = {
    "half of one bucket": (in_buckets(b3=10), 0.5, 0.75),
    "all of one bucket": (in_buckets(b3=10), 1.0, 1.0),
    "the end of the first of two": (in_buckets(b0=5, b4=5), 0.5, 0.1),
    "far into the second": (in_buckets(b0=5, b4=5), 0.9, 1.4),
    "beyond the last bound": (in_buckets(b13=1), 0.5, inf),
}


@pytest.mark.parametrize(("counts", "share", "seconds"), QUANTILES.values(), ids=QUANTILES)
def test_a_quantile_lies_on_a_line_within_its_bucket(counts, share, seconds):
    assert quantile(counts, share) == pytest.approx(seconds)


def test_times_are_told_by_device():
    rows = [["phone", 3, 10], ["desktop", 0, 4]]

    assert funnel_figures({**NOTHING, "solved": rows}).times == [
        SolveTime("phone", 10, 0.75, pytest.approx(0.95)),
        SolveTime("desktop", 4, 0.05, pytest.approx(0.09)),
    ]


def test_people_see_questions_and_pages_and_nothing_that_was_refused():
    export = {
        **NOTHING,
        "page_loads": [
            *(["shop", "page", 190], ["api", "page", 9]),
            *(["shop", "question", 50], ["shop", "refusal", 400], ["shop", "redirect", 30]),
        ],
        "challenges_shown": [["shop", 1]],
        "sessions": [["shop", 40]],
        "sessions_asked": [["shop", 2]],
    }

    assert funnel_figures(export).ever == Visibility(Share(1, 200), Share(2, 40))


def test_a_share_of_nothing_is_not_known():
    assert (Share(0, 0).percent, Share(1, 8).percent) == (None, 12.5)
