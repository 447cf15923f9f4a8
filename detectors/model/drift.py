"""Whether sessions still look like those that the model was trained on: counts in bins, and one figure.

The figure is the population stability index (N. Siddiqi, Credit Risk Scorecards, Wiley 2006, chapter 12), the
Jeffreys divergence of two histograms. Chance alone gives about (bins - 1) / samples where nothing moved
(B. Yurdakul and J. Naranjo, Statistical properties of the population stability index, Journal of Risk Model
Validation 14(4), 2020), so 0.02 for ten bins and 500 samples.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite, log
from typing import Any

from detectors.value import value

MAX_CUTS = 9
FLOOR = 1e-4  # of a share: an empty bin would make the figure infinite
LOOSE = 0.01  # shares are rounded when they are written down
WINDOW_S = 3600.0  # two of them are looked at: the last hour to two


@value
class Histogram:
    """Bin i holds what is at most `cuts[i]` and above the cut before; the last one holds the rest."""

    cuts: tuple[float, ...]
    shares: tuple[float, ...]


def histograms(training: Mapping[str, Any], features: Sequence[str]) -> dict[int, Histogram]:
    """The training distribution by the place of each feature; one that is absent or unsound is left out."""
    summary = training.get("summary")
    if not isinstance(summary, Mapping):
        return {}
    found = ((place, _histogram(summary.get(name))) for place, name in enumerate(features))
    return {place: histogram for place, histogram in found if histogram is not None}


def stability_index(expected: Sequence[float], actual: Sequence[float]) -> float:
    """How far two distributions over the same bins are apart: 0 for equal ones, and never less."""
    total = 0.0
    for one, other in zip(expected, actual, strict=True):
        wanted, found = max(one, FLOOR), max(other, FLOOR)
        total += (found - wanted) * log(found / wanted)
    return total


def shares_of(counts: Sequence[int]) -> list[float]:
    """Counts as parts of 1; all 0 where nothing was counted."""
    total = sum(counts) or 1
    return [count / total for count in counts]


class Tally:
    """Rows that were met lately, by the bins of a training. Its size depends on the bins alone.

    Two windows take turns, so what is told is between one and two windows old.
    """

    __slots__ = ("_before", "_current", "_rows", "_since", "bins")

    def __init__(self, bins: Mapping[int, Histogram], now: float) -> None:
        self.bins = dict(bins)
        self._before = self._empty()
        self._begin(now)

    def add(self, values: Sequence[float], now: float) -> None:
        """Count one row of features."""
        self._turn(now)
        for place, cuts, counts in self._rows:
            counts[bisect_left(cuts, values[place])] += 1

    def counts(self, now: float) -> dict[int, list[int]]:
        """How many rows fell into each bin, by the place of the feature."""
        self._turn(now)
        return {
            place: [old + new for old, new in zip(self._before[place], counts, strict=True)]
            for place, counts in self._current.items()
        }

    def _turn(self, now: float) -> None:
        passed = now - self._since
        if 0.0 <= passed < WINDOW_S:
            return
        self._before = self._current if 0.0 <= passed < 2 * WINDOW_S else self._empty()
        self._begin(now)

    def _begin(self, now: float) -> None:
        self._current = self._empty()
        self._rows = [(place, self.bins[place].cuts, counts) for place, counts in self._current.items()]
        self._since = now

    def _empty(self) -> dict[int, list[int]]:
        return {place: [0] * len(each.shares) for place, each in self.bins.items()}


def _histogram(document: Any) -> Histogram | None:
    """None for what is no distribution: figures about nothing would be worse than none."""
    if not isinstance(document, Mapping):
        return None
    cuts, shares = _numbers(document.get("cuts")), _numbers(document.get("shares"))
    if cuts is None or shares is None or len(cuts) > MAX_CUTS or len(shares) != len(cuts) + 1:
        return None
    rising = all(low < high for low, high in pairwise(cuts))
    if not rising or min(shares) < 0.0 or abs(sum(shares) - 1.0) > LOOSE:
        return None
    return Histogram(cuts, shares)


def _numbers(document: Any) -> tuple[float, ...] | None:
    if not isinstance(document, list) or any(type(each) not in (int, float) for each in document):
        return None
    try:
        numbers = tuple(map(float, document))
    except OverflowError:
        return None
    return numbers if all(map(isfinite, numbers)) else None
