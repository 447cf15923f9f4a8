"""Training turns rows into one JSON bundle; what the gateway loads is numbers, never code."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.dataset import Dataset, Floats, Whole
from detectors.behaviour.features import FEATURES, SCHEMA
from detectors.model.bundle import FORMAT, digest

TREES = 60
DEPTH = 4
BINS = 48  # few thresholds for each feature: finer ones fit a site, not its visitors
# More of these may never look more human: the sign is known, and a rule of thumb cannot be learnt backwards.
SIGNS = {
    "page_rate_1m": 1,
    "page_rate_10m": 1,
    "page_rate_1h": 1,
    "images_per_page": -1,
    "referrer_share": -1,
    "distinct_share": 1,
    "error_share": 1,
    "sequence_share": 1,
    "quick_share": 1,
    "alike_share": 1,
    "followed_share": -1,
}


def fit(data: Dataset) -> HistGradientBoostingClassifier:
    """Boosted trees over `data`; the same rows give the same trees."""
    classifier = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_depth=DEPTH,
        max_leaf_nodes=2**DEPTH,
        learning_rate=0.1,
        min_samples_leaf=40,
        max_bins=BINS,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
        monotonic_cst=[SIGNS.get(name, 0) for name in FEATURES],
    )
    with threadpool_limits(1):  # sums in one order, so that the bundle is the same everywhere
        classifier.fit(data.x, data.bot, sample_weight=weights(data))
    return classifier


def weights(data: Dataset) -> Floats:
    """Every session counts once, people and bots count alike, and sites by the root of their size."""
    _, session, size = np.unique(data.session, return_inverse=True, return_counts=True)
    weight = 1.0 / size[session]
    for site in data.sites:
        for label in (0, 1):
            rows = (data.site == site) & (data.bot == label)
            total = weight[rows].sum()
            if total:
                weight[rows] /= np.sqrt(total)
    for label in (0, 1):
        rows = data.bot == label
        weight[rows] *= len(weight) / (2.0 * weight[rows].sum())
    return np.asarray(weight, dtype=np.float64)


def calibrate(scores: Floats, bot: Whole, weight: Floats) -> tuple[float, float]:
    """Slope and intercept that turn scores into log ratios of likelihood (Platt 1999), learnt on scores of
    sites that the trees had not seen."""
    regression = LogisticRegression(C=1e6, max_iter=1000)
    with threadpool_limits(1):
        regression.fit(scores.reshape(-1, 1), bot, sample_weight=weight)
    # Six decimals hide the last bits, in which linear algebra differs between machines.
    return max(round(float(regression.coef_[0][0]), 6), 0.0), round(float(regression.intercept_[0]), 6)


def trees_of(classifier: HistGradientBoostingClassifier) -> list[dict[str, Any]]:
    """The trees as the bundle holds them, with the mean of its leaves on every inner node."""
    return [_columns(iteration[0].nodes) for iteration in classifier._predictors]  # noqa: SLF001  no public way


def bundle_of(
    classifier: HistGradientBoostingClassifier,
    calibration: tuple[float, float],
    version: str,
    training: Mapping[str, Any],
) -> dict[str, Any]:
    """The sealed bundle of a fitted classifier."""
    bundle: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "schema": SCHEMA,
        "features": list(FEATURES),
        "base": float(classifier._baseline_prediction[0, 0]),  # noqa: SLF001  no public way
        "trees": trees_of(classifier),
        "calibration": {"slope": calibration[0], "intercept": calibration[1]},
        "training": dict(training),
    }
    return {**bundle, "sha256": digest(bundle)}


def _columns(nodes: Any) -> dict[str, Any]:
    leaf = nodes["is_leaf"].astype(bool)
    value = nodes["value"].astype(float).tolist()
    count = nodes["count"].tolist()
    left, right = nodes["left"].tolist(), nodes["right"].tolist()
    for node in reversed(range(len(value))):
        if not leaf[node]:
            sides = (left[node], right[node])
            value[node] = sum(value[side] * count[side] for side in sides) / sum(
                count[side] for side in sides
            )
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"]).astype(int).tolist(),
        "threshold": np.where(leaf, 0.0, nodes["num_threshold"]).astype(float).tolist(),
        "left": [-1 if is_leaf else side for is_leaf, side in zip(leaf, left, strict=True)],
        "right": [-1 if is_leaf else side for is_leaf, side in zip(leaf, right, strict=True)],
        "value": value,
    }
