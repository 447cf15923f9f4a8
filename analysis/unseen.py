"""What trees say of those whom they have never seen: of another site, or of a family of tools left out."""

from collections.abc import Mapping

import numpy as np

from analysis.dataset import Dataset, Floats
from analysis.train import EARLY, LATE, PHASES, Grown, Phase, calibrate, fit, weights
from detectors.value import value


@value
class Unseen:
    """`margins` has one number per row, by trees that were grown without the row's fold, calibrated on such.

    `grown` holds these trees by fold.
    """

    margins: Floats
    calibrations: Mapping[Phase, tuple[float, float]]
    grown: Mapping[str, tuple[Grown, ...]]


def unseen(data: Dataset) -> Unseen:
    """Leave every fold out once."""
    early_of_all = None
    scores = {phase: np.zeros(len(data.bot)) for phase in PHASES}
    found = {}
    for fold in sorted(set(data.fold.tolist())):
        left_out = data.fold == fold
        rest = data.only(~left_out)
        if (left_out & data.from_lab).any():  # early trees never saw the laboratory anyway
            early_of_all = early_of_all or fit(data, EARLY)
            trees = {EARLY: early_of_all, LATE: fit(rest, LATE)}
        else:
            trees = {EARLY: fit(rest, EARLY), LATE: fit(rest, LATE)}
        for phase in PHASES:
            scores[phase][left_out] = trees[phase].decision_function(data.x[left_out])
        found[fold] = trees
    calibrations = {phase: _calibration(data, phase, scores[phase]) for phase in PHASES}
    grown = {
        fold: tuple(Grown(phase, trees[phase], calibrations[phase]) for phase in PHASES)
        for fold, trees in found.items()
    }
    late = data.pages >= LATE.from_pages
    early_margins, late_margins = (
        calibrations[phase][0] * scores[phase] + calibrations[phase][1] for phase in PHASES
    )
    return Unseen(np.where(late, late_margins, early_margins), calibrations, grown)


def _calibration(data: Dataset, phase: Phase, scores: Floats) -> tuple[float, float]:
    """Slope and intercept, learnt on visits of `from_pages` pages and more; 1, 0 where a kind is missing."""
    known = phase.trains(data) & (data.pages >= phase.from_pages)
    some = data.only(known)
    if len(set(some.bot.tolist())) < 2:
        return 1.0, 0.0
    return calibrate(scores[known], some.bot, weights(some))
