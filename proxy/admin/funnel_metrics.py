"""The metrics of challenges, from the sum of what the workers counted."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import HistogramMetricFamily, Metric

from proxy.admin.funnel import SOLVE_BOUNDS_S
from proxy.admin.labelled import labelled

FAMILIES = (  # name, what it counts, labels, rows of the export
    ("challenges", "Steps of challenges.", ["site", "kind", "outcome"], "challenges"),
    ("challenge_failures", "Answers that failed, by reason.", ["kind", "reason"], "challenge_failures"),
    ("challenges_shown", "Questions that were on a screen.", ["site"], "challenges_shown"),
    (
        "page_loads",
        "Page loads of clients that claim no bot, by what they got.",
        ["site", "answer"],
        "page_loads",
    ),
    ("sessions", "Browsers that loaded a page with our session cookie.", ["site"], "sessions"),
    ("sessions_asked", "Those of them that were shown a question.", ["site"], "sessions_asked"),
)


def funnel_metrics(export: dict[str, Any]) -> Iterator[Metric]:
    """All metrics of challenges."""
    for name, about, labels, rows in FAMILIES:
        yield labelled(f"stile_{name}", about, labels, export[rows])
    yield _solve_times(export["solved"], export["solve_ms"])


def solve_counts(rows: list[list[Any]]) -> dict[str, list[int]]:
    """How many challenges took how long, by device: one count per bucket, the last one without a bound."""
    counts: dict[str, list[int]] = {}
    for device, bucket, count in sorted(rows):
        counts.setdefault(device, [0] * (len(SOLVE_BOUNDS_S) + 1))[bucket] += count
    return counts


def _solve_times(rows: list[list[Any]], sums_ms: list[list[Any]]) -> Metric:
    family = HistogramMetricFamily(
        "stile_challenge_solve_seconds",
        "From asking to a right answer, of rungs that show something.",
        labels=["device"],
    )
    took_ms: dict[str, int] = dict(sums_ms)
    for device, counts in solve_counts(rows).items():
        running, buckets = 0, []
        for bound, count in zip([*map(str, SOLVE_BOUNDS_S), "+Inf"], counts, strict=True):
            running += count
            buckets.append((bound, running))
        family.add_metric([device], buckets, took_ms.get(device, 0) / 1000)
    return family
