"""Training turns rows into one JSON bundle; what the gateway loads is numbers, never code."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.dataset import Dataset, Floats, Truths, Whole
from detectors.behaviour.features import FEATURES, SCHEMA
from detectors.model.bundle import FORMAT, digest
from detectors.value import value

TREES = 60
DEPTH = 4
BINS = 48  # few thresholds for each feature: finer ones fit a site, not its visitors
LAB_WEIGHT = 10.0  # the laboratory's rows against those of all logs, where both train
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
    "turned_share": 1,
    "quick_share": 1,
    "alike_share": 1,
    "followed_share": -1,
}


@value
class Phase:
    """A part of a visit that trees of its own judge, from `from_pages` pages on.

    `lab` says whether the laboratory trains it: what that teaches is pace, which takes some pages to show.
    """

    from_pages: int
    lab: bool

    def trains(self, data: Dataset) -> Truths:
        """The rows that grow its trees: those of longer and of shorter visits alike."""
        return np.asarray(~data.doubtful & (self.lab | ~data.from_lab))


EARLY = Phase(0, lab=False)
LATE = Phase(10, lab=True)
PHASES = (EARLY, LATE)


def phase_of(pages: float) -> Phase:
    """The phase that a visit of so many pages is in."""
    return LATE if pages >= LATE.from_pages else EARLY


def fit(data: Dataset, phase: Phase = EARLY) -> HistGradientBoostingClassifier:
    """Boosted trees over the rows of `data` that train `phase`; the same rows give the same trees."""
    rows = data.only(phase.trains(data))
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
        classifier.fit(rows.x, rows.bot, sample_weight=training_weights(rows))
    return classifier


def training_weights(data: Dataset) -> Floats:
    """`weights` of the logs, and `LAB_WEIGHT` times as much in all for the laboratory."""
    lab = data.from_lab
    weight = np.zeros(len(data.bot))
    for rows, share in ((~lab, 1.0), (lab, LAB_WEIGHT)):
        if rows.any():
            part = weights(data.only(rows))
            weight[rows] = part * share / part.sum()
    return np.asarray(weight * len(weight) / weight.sum(), dtype=np.float64)


def weights(data: Dataset) -> Floats:
    """Every session counts once, people and bots count alike, and sites by the root of their size."""
    _, session, size = np.unique(data.session, return_inverse=True, return_counts=True)
    weight = 1.0 / size[session]
    for site in set(data.site.tolist()):
        for label in (0, 1):
            rows = (data.site == site) & (data.bot == label)
            total = weight[rows].sum()
            if total:
                weight[rows] /= np.sqrt(total)
    for label in (0, 1):
        rows = data.bot == label
        if rows.any():
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


@value
class Grown:
    """The trees of one phase, with the slope and intercept that calibrate them."""

    phase: Phase
    classifier: HistGradientBoostingClassifier
    calibration: tuple[float, float]


def bundle_of(grown: Sequence[Grown], version: str, training: Mapping[str, Any]) -> dict[str, Any]:
    """The sealed bundle of fitted classifiers."""
    bundle: dict[str, Any] = {
        "format": FORMAT,
        "version": version,
        "schema": SCHEMA,
        "features": list(FEATURES),
        "stages": [_stage(each) for each in grown],
        "training": dict(training),
    }
    return {**bundle, "sha256": digest(bundle)}


def _stage(grown: Grown) -> dict[str, Any]:
    slope, intercept = grown.calibration
    return {
        "from_pages": grown.phase.from_pages,
        "base": float(grown.classifier._baseline_prediction[0, 0]),  # noqa: SLF001  no public way
        "trees": trees_of(grown.classifier),
        "calibration": {"slope": slope, "intercept": intercept},
    }


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
