"""What a score is worth, with the interval that comes of drawing addresses again; nothing here knows a model.

Visits of one address hang together, so addresses are drawn, not visits (the cluster bootstrap, Field and
Welsh 2007).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.dataset import Floats, Truths, Whole
from detectors.value import value

RESAMPLES = 400
CONFIDENCE = 0.95
FEWEST = 10  # sessions of each kind, below which no figure is given
FALSE_POSITIVES = (0.01, 0.001)
PEOPLE_FOR_A_THOUSANDTH = 1000
BINS = 10


@value
class Figure:
    """A measurement with its interval from drawing addresses again: visits of one hang together.

    The interval is of 90 % where `evaluate.measure` made it, of 95 % where `interval` did.
    """

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:.3f} [{self.low:.3f}, {self.high:.3f}]"


@value
class Standing:
    """How well scores tell people from bots. `caught_01` is None where fewer than 1,000 people were there."""

    people: int
    bots: int
    auc: Figure | None
    caught_1: Figure | None
    caught_01: Figure | None


class Ranking:
    """Scores in order, so that any weighting of the rows costs one pass."""

    def __init__(self, bot: Whole, scores: Floats) -> None:
        _, self._place = np.unique(scores, return_inverse=True)
        self._is_bot = bot == 1
        self._size = int(self._place.max(initial=-1)) + 1

    def measures(self, weight: Floats) -> tuple[float, float, float]:
        """AUC, share of bots caught at 1 % and at 0.1 % false positives; `weight` has one number per row."""
        people = np.bincount(self._place, weight * ~self._is_bot, self._size)
        bots = np.bincount(self._place, weight * self._is_bot, self._size)
        below: Floats = np.cumsum(people, dtype=np.float64)
        caught_below: Floats = np.cumsum(bots, dtype=np.float64)
        auc = float((bots * (below - people / 2.0)).sum() / (below[-1] * caught_below[-1]))
        at_1, at_01 = (_caught(below, caught_below, share) for share in FALSE_POSITIVES)
        return auc, at_1, at_01

    def curve(self) -> list[tuple[float, float]]:
        """Shares of people and of bots above every score, from the highest score on."""
        ones = np.ones(len(self._place))
        people = np.bincount(self._place, ones * ~self._is_bot, self._size)[::-1].cumsum()
        bots = np.bincount(self._place, ones * self._is_bot, self._size)[::-1].cumsum()
        return list(zip((people / people[-1]).tolist(), (bots / bots[-1]).tolist(), strict=True))


def standing(bot: Whole, scores: Floats, address: Whole) -> Standing:
    """AUC and shares caught, each with its 95 % interval; None where too few are there to tell."""
    people, bots = int((bot == 0).sum()), int((bot == 1).sum())
    if min(people, bots) < FEWEST:
        return Standing(people, bots, None, None, None)
    (drawn,) = resampled(bot, [scores], address)
    auc, caught_1, caught_01 = (
        interval(float(estimate), drawn[1:, place]) for place, estimate in enumerate(drawn[0])
    )
    enough = people >= PEOPLE_FOR_A_THOUSANDTH
    return Standing(people, bots, auc, caught_1, caught_01 if enough else None)


def resampled(bot: Whole, scores: Sequence[Floats], address: Whole) -> list[Floats]:
    """For each of `scores` an array of three measures per row: the estimate first, then the resamples.

    All are measured on the same draws of addresses, so that differences between them are paired.
    """
    chance = np.random.default_rng(0)
    rankings = [Ranking(bot, each) for each in scores]
    _, whose = np.unique(address, return_inverse=True)
    size = int(whose.max()) + 1
    found = [[ranking.measures(np.ones(len(bot)))] for ranking in rankings]
    for _ in range(RESAMPLES):
        drawn = np.bincount(chance.integers(size, size=size), minlength=size)[whose].astype(np.float64)
        if drawn[bot == 0].any() and drawn[bot == 1].any():
            for ranking, measured in zip(rankings, found, strict=True):
                measured.append(ranking.measures(drawn))
    return [np.array(measured) for measured in found]


def interval(estimate: float, drawn: Floats) -> Figure:
    """The estimate with the 95 % interval of what was drawn."""
    if not len(drawn):
        return Figure(estimate, estimate, estimate)
    low, high = np.quantile(drawn, ((1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0))
    return Figure(estimate, float(low), float(high))


def thinned(curve: Sequence[tuple[float, float]], most: int = 120) -> list[list[float]]:
    """The corners of a ROC curve, at most `most`, evenly over the logarithm of the false positives."""
    best: dict[int, tuple[float, float]] = {}
    for false, true in curve:
        if false > 0.0:
            best[int(np.log10(false) * most / 4.0)] = (false, true)
    silent = [true for false, true in curve if false == 0.0]
    start = [(0.0, max(silent, default=0.0))]
    return [[round(part, 5) for part in point] for point in (*start, *sorted(best.values()))]


def calibration(bot: Whole, margins: Floats) -> dict[str, Any]:
    """Whether margins are the log ratios that they claim to be: reliability, Brier score, expected error.

    People and bots weigh alike in total, for a margin of 0 says that both are equally likely to behave so.
    The expected calibration error is the mean distance of predicted and observed shares (Naeini 2015).
    """
    predicted = 1.0 / (1.0 + np.exp(-np.clip(margins, -30.0, 30.0)))
    weight = np.where(bot == 1, 0.5 / max((bot == 1).sum(), 1), 0.5 / max((bot == 0).sum(), 1))
    places = np.minimum((predicted * BINS).astype(np.int64), BINS - 1)
    bins = [_bin(place, places == place, bot, predicted, weight) for place in range(BINS)]
    error = sum(
        float(weight[places == place].sum()) * abs(each["predicted"] - each["observed"])
        for place, each in enumerate(bins)
        if each["predicted"] is not None
    )
    return {
        "brier": round(float((weight * (predicted - bot) ** 2).sum()), 4),
        "expected_error": round(error, 4),
        "bins": bins,
    }


def _bin(place: int, here: Truths, bot: Whole, predicted: Floats, weight: Floats) -> dict[str, Any]:
    total = float(weight[here].sum())
    return {
        "from": place / BINS,
        "to": (place + 1) / BINS,
        "people": int((here & (bot == 0)).sum()),
        "bots": int((here & (bot == 1)).sum()),
        "predicted": round(float((weight * predicted)[here].sum()) / total, 4) if total else None,
        "observed": round(float((weight * bot)[here].sum()) / total, 4) if total else None,
    }


def _caught(below: Floats, caught_below: Floats, share: float) -> float:
    """The share of bots above the lowest score that at most `share` of the people exceed."""
    allowed = below[-1] * share + 1e-9
    line = int(np.argmax(below[-1] - below <= allowed))
    return float(1.0 - caught_below[line] / caught_below[-1])
