"""People read at their own pace; a beat is a timer."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.behaviour.features import gap_variation
from detectors.evidence import Evidence
from detectors.visit import Visit

FEWEST_GAPS, GAPS = 6, 8  # the fewest show a beat only where it is exact
EXACT = 0.15
# A timer with jitter: an even draw from half to one and a half times the mean deviates by 0.29. Of people
# with ten pages nobody in the public logs is below 0.54, nobody in the laboratory below 0.51.
BEAT = 0.3
NEARLY = 0.4  # half the weight


@dataclass(frozen=True, slots=True)
class SteadyGaps:
    """Weighs machine-regular intervals between different pages.

    Sees:   deviation of the gaps between pages over their mean.
    Means:  a crawler with a fixed delay.
    Spares: visits of up to six pages, and pages that reload themselves: most pages must be different ones.
    Costs:  one comparison for short visits, else about 0.8 µs.
    """

    default: ClassVar[float] = 2.5
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        session = visit.session
        if session.gaps < FEWEST_GAPS:
            return None
        variation = gap_variation(session)
        nearly = NEARLY if session.gaps >= GAPS else EXACT
        if not 0.0 <= variation < nearly or 2.0 * (session.distinct() + session.turned) < session.pages:
            return None
        weight = self.log_odds if variation < BEAT else self.log_odds / 2
        mean_s = session.gap_ms / (1000.0 * session.gaps)
        return Evidence("steady_gaps", weight, f"a page every {mean_s:.1f} s, deviating by {variation:.0%}")
