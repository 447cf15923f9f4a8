"""One document says how a model does; the terminal, JSON and HTML only show it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from analysis.dataset import Floats, Truths
from analysis.evaluation.input import Source
from analysis.evaluation.labelled_events import Labelled, Sign
from analysis.evaluation.measures import Figure, Ranking, Standing, calibration, standing, thinned
from analysis.evaluation.rows import MOMENTS, SPEAKS_FROM, Rows, rows_of
from detectors.behaviour.features import FEATURES
from detectors.model.bundle import Model

FORMAT = "stile-evaluation/1"
MOST_PERMUTED = 2_000  # rows of each kind; 21 features are shuffled in each

Document = dict[str, Any]


def evaluation_of(
    model: Model, items: Sequence[Labelled], sources: Iterable[Source], left_out: int = 0
) -> Document:
    """All figures of `model` on these sessions, ready for JSON; the same input gives the same document.

    Figures "at the end" are over sessions of three pages or calls at least, from where on the model speaks.
    """
    rows = rows_of(items)
    margins = margins_of(model, rows.x)
    ends = rows.last & (rows.visited >= SPEAKS_FROM)
    at_end, end_margins = rows.only(ends), margins[ends]
    return {
        "format": FORMAT,
        "model": {"version": model.version, "sha256": model.sha256},
        "inputs": [_input(source) for source in sources],
        "labels": _labels(items),
        "left_out_sessions": left_out,
        "end": _figures(rows, margins, ends),
        "moments": [
            {"requests": moment, "silent": moment < SPEAKS_FROM, **_figures(rows, margins, at)}
            for moment in MOMENTS
            for at in [rows.visited == moment]
        ],
        "bots": [
            {"which": name, **_figures(rows, margins, ends & ((rows.bot == 0) | (rows.declared == declared)))}
            for name, declared in (("declared", True), ("undeclared", False))
        ],
        "sure": _figures(rows, margins, ends & ~rows.doubtful),
        "sites": [
            {"site": site, **_figures(rows, margins, ends & (rows.site == site))}
            for site in sorted(set(rows.site.tolist()))
        ],
        "roc": _roc(at_end, end_margins),
        "calibration": calibration(at_end.bot, end_margins),
        "features": _features(model.margin, at_end, end_margins),
    }


def margins_of(model: Model, x: Floats) -> Floats:
    """What the model says about each row."""
    return np.array([model.margin(row) for row in x.tolist()], dtype=np.float64)


def figures_of_standing(found: Standing) -> Document:
    """Counts and figures; a figure is `[estimate, low, high]` or None."""
    return {
        "people": found.people,
        "bots": found.bots,
        "auc": _triple(found.auc),
        "caught_1": _triple(found.caught_1),
        "caught_01": _triple(found.caught_01),
    }


def _figures(rows: Rows, margins: Floats, chosen: Truths) -> Document:
    return figures_of_standing(standing(rows.bot[chosen], margins[chosen], rows.address[chosen]))


def _triple(figure: Figure | None) -> list[float] | None:
    if figure is None:
        return None
    return [round(part, 4) for part in (figure.estimate, figure.low, figure.high)]


def _input(source: Source) -> Document:
    return {
        "name": source.path.name,
        "kind": source.kind,
        "lines": source.lines,
        "malformed": source.malformed,
        "truncated": source.truncated,
        "sessions": source.sessions,
        "unlabelled": source.unlabelled,
    }


def _labels(items: Iterable[Labelled]) -> list[Document]:
    counts = Counter((item.sign, item.bot) for item in items)
    return [
        {"sign": sign.value, "bot": bot, "sessions": counts[sign, bot]}
        for sign in Sign
        for bot in (True, False)
        if counts[sign, bot]
    ]


def _roc(rows: Rows, margins: Floats) -> list[list[float]]:
    if len(set(rows.bot.tolist())) < 2:
        return []
    return thinned(Ranking(rows.bot, margins).curve())


def _features(margin: Callable[[list[float]], float], rows: Rows, margins: Floats) -> list[Document]:
    """How much each feature matters: the AUC that is lost when its values are dealt out anew (Breiman 2001),
    and how far that moves the margin on average. Strongest first."""
    chosen = np.concatenate([_some(np.flatnonzero(rows.bot == kind)) for kind in (0, 1)])
    x, bot, before = rows.x[chosen], rows.bot[chosen], margins[chosen]
    if len(set(bot.tolist())) < 2:
        return []
    ones = np.ones(len(bot))
    auc = Ranking(bot, before).measures(ones)[0]
    found = []
    for place, name in enumerate(FEATURES):
        dealt = x.copy()
        dealt[:, place] = np.random.default_rng(place).permutation(dealt[:, place])
        after = np.array([margin(row) for row in dealt.tolist()])
        lost = auc - Ranking(bot, after).measures(ones)[0]
        moved = float(np.abs(after - before).mean())
        found.append({"feature": name, "auc_lost": round(lost, 5), "margin_moved": round(moved, 4)})
    return sorted(found, key=lambda each: (-each["margin_moved"], each["feature"]))


def _some(places: Any) -> Any:
    if len(places) <= MOST_PERMUTED:
        return places
    return np.random.default_rng(0).choice(places, MOST_PERMUTED, replace=False)
