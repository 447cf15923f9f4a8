"""A browser's two clocks run forward, and at one pace."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request

MAX_APART_MS = 500  # Tor Browser's clocks step by 100 ms


@dataclass(frozen=True, slots=True)
class Clock:
    """Compares performance.now with Date over the time that the script took.

    Sees:   whether performance.now ever stepped back, and the two durations.
    Means:  a clock that a program sets: virtual time, or a replaced Date.
    Spares: coarse clocks. Staged: a computer that wakes up or sets its clock in that very second, and old
            virtual machines, whose clocks step back.
    Costs:  two comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: never counted on people
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        if testimony.clock_forward is False:
            return Evidence("probe_clock", self.log_odds, "performance.now stepped back")
        elapsed, date = testimony.clock_elapsed, testimony.date_elapsed
        if elapsed is None or date is None or abs(elapsed - date) <= MAX_APART_MS:
            return None
        return Evidence("probe_clock", self.log_odds, "performance.now and Date run apart")
