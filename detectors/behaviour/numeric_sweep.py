"""Ids that count up one by one are a list being worked off."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

RUN = 15  # a person who pages through a listing rarely goes further


@dataclass(frozen=True, slots=True)
class NumericSweep:
    """Weighs a long run of neighbouring ids.

    Sees:   the longest run of pages or calls whose final number lies at most 4 from the one before.
    Means:  a sweep over the catalogue by id, also with a few parallel workers.
    Spares: people who pick products, and listings of up to 15 pages.
    Costs:  one comparison.
    """

    default: ClassVar[float] = 2.5
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        run = visit.session.longest_run
        if run < RUN:
            return None
        return Evidence("numeric_sweep", self.log_odds, f"{run + 1} neighbouring ids in a row")
