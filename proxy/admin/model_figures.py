"""The metrics of the models, put together from what the workers of a node told."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric

from detectors.model.drift import shares_of, stability_index

MIN_SAMPLES = 500  # fewer say more about chance than about change, see detectors/model/drift.py


def model_metrics(workers: Sequence[dict[str, Any]]) -> Iterator[Metric]:
    """Which bundles are in force in how many workers, and how far features have drifted."""
    seated: Counter[tuple[str, ...]] = Counter(
        tuple(map(str, model)) for worker in workers for model in worker.get("models", ())
    )
    in_force = GaugeMetricFamily(
        "stile_model_workers", "Workers by the bundle they use.", labels=["role", "version", "sha256"]
    )
    for labels, count in sorted(seated.items()):
        in_force.add_metric(list(labels), count)
    yield in_force
    drift = GaugeMetricFamily(
        "stile_model_drift", "Population stability index against the training.", labels=["feature"]
    )
    for feature, index in sorted(
        drift_of([worker["drift"] for worker in workers if "drift" in worker]).items()
    ):
        drift.add_metric([feature], index)
    yield drift


def drift_of(told: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The stability index by feature, over all workers; those with too few samples are left out.

    While bundles are being replaced, the one that most workers tell of counts.
    """
    by_bundle: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in told:
        by_bundle[each["sha256"]].append(each)
    counts: dict[str, list[int]] = {}
    expected: dict[str, list[float]] = {}
    for each in max(by_bundle.values(), key=len, default=[]):
        for feature, shares, met in each["features"]:
            before = counts.get(feature, [0] * len(met))
            counts[feature] = [old + new for old, new in zip(before, met, strict=True)]
            expected[feature] = shares
    return {
        feature: stability_index(expected[feature], shares_of(met))
        for feature, met in counts.items()
        if sum(met) >= MIN_SAMPLES
    }
