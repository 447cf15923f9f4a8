"""Rows of labels and a count become one family of Prometheus counters."""

from collections.abc import Iterable
from typing import Any

from prometheus_client.core import CounterMetricFamily, Metric


def labelled(name: str, about: str, labels: list[str], rows: Iterable[list[Any]]) -> Metric:
    """One sample per row, the last column being the count."""
    family = CounterMetricFamily(name, about, labels=labels)
    for *values, count in sorted(rows):
        family.add_metric(list(map(str, values)), int(count))
    return family
