"""A figure counts only on a site that the model has not seen, and only with its uncertainty."""

from collections.abc import Callable

import numpy as np

from analysis.dataset import MOMENTS, Dataset, Floats, Truths, Whole
from analysis.evaluation.measures import Figure, Ranking
from detectors.value import value

FALSE_POSITIVES = 0.01
RESAMPLES = 200
Measure = Callable[[Whole, Floats], float]


@value
class SiteFigures:
    """How the model does on one site that was left out, over sessions at `moment` (None: at their end)."""

    site: str
    moment: int | None
    people: int
    bots: int
    auc: Figure
    caught: Figure  # share of bots above the score that one person in a hundred exceeds


def figures_of(data: Dataset, scores: Floats) -> list[SiteFigures]:
    """AUC and share caught at 1 % false positives, for every site at every moment."""
    found = []
    for site in data.sites:
        for moment in (*MOMENTS, None):
            at = data.last if moment is None else data.visited == moment
            rows = (data.site == site) & at
            people, bots = int((data.bot[rows] == 0).sum()), int(data.bot[rows].sum())
            if min(people, bots) >= 10:
                auc = measure(data.only(rows), scores[rows], _auc)
                caught = measure(data.only(rows), scores[rows], caught_share)
                found.append(SiteFigures(site, moment, people, bots, auc, caught))
    return found


def measure(data: Dataset, scores: Floats, how: Measure) -> Figure:
    """`how` over all rows, and between which bounds it falls when addresses are drawn again."""
    chance = np.random.default_rng(0)
    addresses, rows = np.unique(data.address, return_inverse=True)
    by_address = [np.flatnonzero(rows == number) for number in range(len(addresses))]
    drawn = []
    for _ in range(RESAMPLES):
        picked = chance.integers(len(addresses), size=len(addresses))
        sample = np.concatenate([by_address[number] for number in picked])
        if 0 < data.bot[sample].sum() < len(sample):
            drawn.append(how(data.bot[sample], scores[sample]))
    low, high = np.quantile(drawn, (0.05, 0.95))
    return Figure(how(data.bot, scores), float(low), float(high))


def caught_share(bot: Whole, scores: Floats) -> float:
    """The share of bots above the score that `FALSE_POSITIVES` of the people exceed."""
    line = np.quantile(scores[bot == 0], 1.0 - FALSE_POSITIVES)
    return float((scores[bot == 1] > line).mean())


def share_above(margins: Floats, rows: Truths, line: float) -> float:
    """The share of the chosen rows whose margin lies above `line`."""
    return float((margins[rows] > line).mean())


def _auc(bot: Whole, scores: Floats) -> float:
    return Ranking(bot, scores).measures(np.ones(len(bot)))[0]
