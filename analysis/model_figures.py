"""What a bundle says of itself: counts, honest figures, and what its training data looked like."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from analysis.dataset import Dataset, Floats, lab_folds
from analysis.evaluate import SiteFigures, figures_of, share_above
from analysis.lab.figure import LINE, Judged, judged
from analysis.lab.sessions import LabSession
from analysis.train import Grown, bundle_of, weights
from analysis.unseen import Unseen
from config.build_policy import PRIOR
from config.sections import ModelSection
from detectors.behaviour.features import FEATURES
from detectors.inspection import Inspector
from detectors.model.bundle import load_model
from detectors.model.tree import contributions, read_tree

SHIPPED = ModelSection.model_validate({})  # the limits that a configuration has unless it names others
ASKED = 0.847  # log-odds of a risk of 70
LINES = (0.0, 1.0, 2.0, 3.0, 3.85)  # with a prior of -3 the last is a risk of 70 by the model alone
CUTS = np.arange(1, 10) / 10.0
EVERY = 5  # rows that importances are measured on


def figures_by_site(data: Dataset, margins: Floats) -> list[dict[str, Any]]:
    """AUC and share caught of every log, at every moment."""
    return [_figures(found) for found in figures_of(data, margins)]


def counts(data: Dataset) -> list[dict[str, Any]]:
    """How many sessions of people and of bots there are, by site; `doubtful` ones are among the people."""
    found = []
    for site in sorted(set(data.site.tolist())):
        ends = data.only((data.site == site) & data.last)
        found.append({
            "site": site,
            "people": int((ends.bot == 0).sum()),
            "doubtful": int(ends.doubtful.sum()),
            "bots": int(ends.bot.sum()),
        })  # fmt: skip
    return found


def margins_by_site(data: Dataset, margins: Floats) -> list[dict[str, Any]]:
    """The share of moments with a margin above each of `LINES`."""
    return [
        {
            "site": site,
            "line": line,
            "people": round(share_above(margins, _of(data, site, 0), line), 3),
            "bots": round(share_above(margins, _of(data, site, 1), line), 3),
        }
        for site in data.sites
        for line in LINES
    ]


def asked_by_site(data: Dataset, margins: Floats) -> list[dict[str, Any]]:
    """The share of moments, and the number of people's sessions, above the challenge line."""
    risks = PRIOR + np.clip(margins, SHIPPED.lower_limit, SHIPPED.upper_limit) + data.weighed
    return [
        {
            "site": site,
            "people": round(share_above(risks, _of(data, site, 0), ASKED), 4),
            "bots": round(share_above(risks, _of(data, site, 1), ASKED), 4),
            "sessions": len(set(data.session[_of(data, site, 0) & (risks > ASKED)].tolist())),
            "of": len(set(data.session[_of(data, site, 0)].tolist())),
        }
        for site in data.sites
    ]


def lab_figures(sessions: Sequence[LabSession], found: Unseen) -> list[dict[str, Any]]:
    """How many sessions of each family are above the challenge line at their tenth page, by behaviour alone.

    Each is judged by trees that have met neither its family nor the shoppers that were left out with it.
    """
    models = {
        fold: load_model(json.dumps(bundle_of(grown, "left out", {})).encode())
        for fold, grown in found.grown.items()
    }
    inspector = Inspector({})
    families: dict[str, list[Judged]] = defaultdict(list)
    for session, fold in zip(sessions, lab_folds(sessions), strict=True):
        families[session.family].append(judged(session, models[fold], inspector))
    return [_family(name, members) for name, members in sorted(families.items())]


def summary(data: Dataset) -> dict[str, dict[str, list[float]]]:
    """Where each feature lay in training: cuts at its deciles, and the share between them.

    People and bots weigh alike, so traffic of people alone drifts from it by what bots are like.
    """
    weight = weights(data)
    weight = weight / weight.sum()
    return {name: _deciles(data.x[:, place], weight) for place, name in enumerate(FEATURES)}


def importances(data: Dataset, grown: Iterable[Grown]) -> list[dict[str, float]]:
    """For each phase, the mean size of what a feature contributes to the margin."""
    found = []
    for each in grown:
        rows = data.only(each.phase.trains(data) & (data.pages >= each.phase.from_pages)).x[::EVERY].tolist()
        trees = tuple(
            read_tree(tree, len(FEATURES)) for tree in bundle_of([each], "", {})["stages"][0]["trees"]
        )
        total = dict.fromkeys(range(len(FEATURES)), 0.0)
        for row in rows:
            for feature, moved in contributions(trees, row).items():
                total[feature] += abs(moved)
        scale = each.calibration[0] / max(len(rows), 1)
        found.append({FEATURES[feature]: round(scale * moved, 4) for feature, moved in total.items()})
    return found


def _deciles(column: Floats, weight: Floats) -> dict[str, list[float]]:
    order = np.argsort(column, kind="stable")
    reached = np.cumsum(weight[order])
    last = len(column) - 1
    at = np.unique(column[order][np.minimum(np.searchsorted(reached, CUTS), last)])
    bins = np.searchsorted(at, column, side="left")
    shares = np.bincount(bins, weights=weight, minlength=len(at) + 1)
    return {"cuts": at.tolist(), "shares": [round(share, 6) for share in shares.tolist()]}


def _family(name: str, members: Sequence[Judged]) -> dict[str, Any]:
    tenth = [one.at_tenth for one in members if one.at_tenth is not None]
    return {
        "family": name,
        "bot": members[0].session.bot,
        "sessions": len(members),
        "ten_pages": len(tenth),
        "above": sum(risk > LINE for risk in tenth),
        "ever": sum(one.highest > LINE for one in members),
    }


def _of(data: Dataset, site: str, bot: int) -> Any:
    return (data.site == site) & (data.bot == bot)


def _figures(found: SiteFigures) -> dict[str, Any]:
    return {
        "site": found.site,
        "moment": found.moment,
        "people": found.people,
        "bots": found.bots,
        "auc": [round(part, 3) for part in (found.auc.estimate, found.auc.low, found.auc.high)],
        "caught": [round(part, 3) for part in (found.caught.estimate, found.caught.low, found.caught.high)],
    }
