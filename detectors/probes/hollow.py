"""Whoever makes a testimony up by hand forgets what every browser tells."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class Hollow:
    """Notices a testimony without the facts that the script reads in any browser.

    Sees:   whether the user agent, the screen's width and the time that it all took are told.
    Means:  no browser ran the script: the testimony was written by a program.
    Spares: whatever lacks one of them: only two missing at once are taken for proof.
    Costs:  three comparisons.
    """

    default: ClassVar[float] = 6.0  # these three are as old as JavaScript
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        there = {
            "user agent": bool(testimony.main.user_agent),
            "screen": testimony.screen.width is not None,
            "clock": testimony.date_elapsed is not None,
        }
        missing = [name for name, told in there.items() if not told]
        if len(missing) < 2:
            return None
        return Evidence("probe_hollow", self.log_odds, f"tells of no {' and no '.join(missing)}")
