"""Whether a model of one's own is worth it: all candidates on visitors that none was fitted on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.dataset import PAGES, Dataset, Floats, Truths, dataset_of, lab_dataset_of
from analysis.evaluation.measures import FEWEST, Figure, interval, resampled
from analysis.lab.sessions import read
from analysis.sessions import Session
from analysis.train import PHASES, fit, weights
from detectors.model.bundle import Model
from detectors.value import value

FOLDS = 3
PART = ", part "  # between a site and the number of a part of its addresses
SHIPPED = "the shipped model"
TRAINED_ON = 0.7  # the share of each site's sessions, by time, that the split by time trains on
WORTH = 0.01  # below it a difference is not worth a model that somebody has to look after

Score = Callable[[Dataset, Floats], Floats]  # fitted on the former, asked about the latter


@value
class Candidate:
    """How one way to a model did on a split; all None where too few were left to measure on."""

    split: str
    name: str
    people: int
    bots: int
    auc: Figure | None
    caught: Figure | None


@value
class Comparison:
    """The candidates on each split, and what the own model gains over the shipped one on unseen groups.

    `worth` is True where the own model is better by more than chance and by `WORTH` at least.
    """

    candidates: tuple[Candidate, ...]
    auc_gain: Figure | None
    caught_gain: Figure | None

    @property
    def worth(self) -> bool:
        """The own model is better in one of the two and not surely worse in the other."""
        gains = [gain for gain in (self.auc_gain, self.caught_gain) if gain is not None]
        better = any(gain.low > 0.0 and gain.estimate >= WORTH for gain in gains)
        return better and all(gain.high >= 0.0 for gain in gains)

    @property
    def verdict(self) -> str:
        """One sentence for whoever has to decide."""
        if self.auc_gain is None or self.caught_gain is None:
            return "Too few sessions to say which model does better on your traffic."
        gains = f"AUC {_signed(self.auc_gain)}, caught at 1 % false positives {_signed(self.caught_gain)}"
        if self.worth:
            return f"A model of your own does better on your traffic: {gains}."
        return (
            "The shipped model does as well on your traffic; you need no model of your own "
            f"(own against shipped: {gains})."
        )


def compare(sessions: Sequence[Session], shipped: Model) -> Comparison:
    """Measure the shipped model, trees and a logistic regression on groups that they had not seen.

    Groups are the sites of `sessions`, be they those of logs or what `in_parts` made of them. What counts is
    each session's end. Every session must have a label.
    """
    data, lab = dataset_of(sessions), lab_dataset_of(read())
    named: dict[str, Score] = {
        SHIPPED: lambda _, x: np.array([shipped.margin(row) for row in x.tolist()], dtype=np.float64),
        "trees on these logs": lambda known, x: _trees(known, x, lab),
        "logistic regression": _regression,
    }
    unseen = [(data.site != site, data.site == site) for site in data.sites]
    early = _early(data, np.array([session.acts[0].arrived for session in sessions]))
    grouped = _measured(data, [_scored(data, unseen, each) for each in named.values()], data.last)
    later = data.last & ~early
    timed = _measured(data, [_scored(data, [(early, ~early)], each) for each in named.values()], later)
    what = "parts of the addresses" if any(PART in site for site in data.sites) else "sites"
    candidates = (
        *_candidates(f"unseen {what}", named, data, data.last, grouped),
        *_candidates("the last 30 % by time", named, data, later, timed),
    )
    if not grouped:
        return Comparison(candidates, None, None)
    return Comparison(candidates, *_figures(grouped[1] - grouped[0]))


def in_parts(sessions: Sequence[Session], group: Callable[[Session], str]) -> list[Session]:
    """One site as several, with all sessions of a group in one of them."""
    return [replace(session, site=f"{session.site}{PART}{_part(group(session))}") for session in sessions]


def _part(group: str) -> int:
    # CRC alone is linear: neighbouring addresses would fall into parts by their last digit.
    spread = crc32(group.encode("utf-8", "surrogateescape")) * 0x9E3779B1 >> 16
    return spread % FOLDS + 1


def _early(data: Dataset, began: Floats) -> Truths:
    """The rows of each site's first sessions by time."""
    chosen = np.zeros(len(data.bot), np.bool_)
    when = began[data.session]
    whole = np.array([site.partition(PART)[0] for site in data.site.tolist()])
    for site in set(whole.tolist()):
        here = whole == site
        chosen |= here & (when <= np.quantile(when[here & data.last], TRAINED_ON))
    return chosen


def _scored(data: Dataset, splits: Sequence[tuple[Truths, Truths]], score: Score) -> Floats:
    scores = np.zeros(len(data.bot))
    for trained, tested in splits:
        if tested.any() and len(set(data.bot[trained].tolist())) == 2:
            scores[tested] = score(data.only(trained), data.x[tested])
    return scores


def _measured(data: Dataset, scores: Sequence[Floats], chosen: Truths) -> list[Floats]:
    """AUC and share caught, of the estimate and of each draw, for each of `scores`: the mean over sites.

    Parts of one site are measured together. Empty where no site has enough people and bots.
    """
    whole = np.array([site.partition(PART)[0] for site in data.site.tolist()])
    drawn = []
    for site in sorted(set(whole.tolist())):
        here = chosen & (whole == site)
        bot = data.bot[here]
        if min((bot == 0).sum(), (bot == 1).sum()) >= FEWEST:
            drawn.append(resampled(bot, [each[here] for each in scores], data.address[here]))
    if not drawn:
        return []
    most = min(len(each[0]) for each in drawn)
    return [
        np.asarray(np.mean([each[place][:most, :2] for each in drawn], axis=0))
        for place in range(len(scores))
    ]


def _candidates(
    split: str, names: Iterable[str], data: Dataset, chosen: Truths, measured: Sequence[Floats]
) -> Iterator[Candidate]:
    people, bots = int((data.bot[chosen] == 0).sum()), int((data.bot[chosen] == 1).sum())
    for place, name in enumerate(names):
        auc, caught = _figures(measured[place]) if measured else (None, None)
        yield Candidate(split, name, people, bots, auc, caught)


def _figures(measured: Floats) -> tuple[Figure, Figure]:
    auc, caught = (interval(float(measured[0, place]), measured[1:, place]) for place in (0, 1))
    return auc, caught


def _trees(data: Dataset, x: Floats, lab: Dataset) -> Floats:
    """What the recipe's trees of both phases say, in log-odds before calibration."""
    early, late = (fit(data.beside(lab), phase).decision_function(x) for phase in PHASES)
    return np.asarray(np.where(x[:, PAGES] >= PHASES[1].from_pages, late, early), dtype=np.float64)


def _regression(data: Dataset, x: Floats) -> Floats:
    floor = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    with threadpool_limits(1):
        floor.fit(data.x, data.bot, logisticregression__sample_weight=weights(data))
        return np.asarray(floor.decision_function(x), dtype=np.float64)


def _signed(gain: Figure) -> str:
    return f"{gain.estimate:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
