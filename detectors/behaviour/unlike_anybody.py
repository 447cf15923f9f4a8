"""Whoever goes where nobody goes, at a pace that nobody has, is worth a look, and no more than that."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit


@dataclass(frozen=True, slots=True)
class UnlikeAnybody:
    """Weighs a visit that is far from what is usual on this site.

    Sees:   at its 10th, 20th and 40th page: how surprising its way through the site was, its pace, depth,
            queries, images and bytes per page, against the running medians of other visits here.
    Means:  two of them or more lie over six robust deviations away: nobody else does that here.
    Spares: everybody until 500 visits were seen at that moment, so after every restart. It is not told what a
            bot is, and a rare way to use a shop is no crime: keep it far below what blocks.
            Visits under accusation and verified bots teach nothing. Bots that nothing else accuses and that
            are all alike stand out as long as they are a quarter of the visits that get that far; from
            somewhat more than a third on they are usual.
    Costs:  one comparison for short visits, else a dictionary's look; learning follows the answer.
    """

    default: ClassVar[float] = 0.0  # staged: see docs/anomaly.md before it is given weight
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        if not visit.unlike:
            return None
        return Evidence("unlike_anybody", self.log_odds, visit.unlike)
