"""A browser without a window may keep its name from the headers and give it to a script."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.headless import MARKS
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class HeadlessAgent:
    """Notices the marks of browsers without a window in what scripts are told.

    Sees:   navigator.userAgent in the page, an empty frame and a worker, and the brands of
            navigator.userAgentData.
    Means:  a browser driven by a program; its disguise, if any, covers the headers alone.
    Spares: everybody else: no browser with a window carries these marks.
    Costs:  four searches.
    """

    default: ClassVar[float] = 6.0  # as `headless`: it says so itself
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        views = {
            "the page": testimony.main.user_agent,
            "the brands": testimony.brands,
            "an empty frame": "" if testimony.frame is None else testimony.frame.user_agent,
            "a worker": "" if testimony.worker is None else testimony.worker.user_agent,
        }
        for place, told in views.items():
            found = MARKS.search(told)
            if found:
                return Evidence("probe_headless", self.log_odds, f"declares {found[0]} to {place}")
        return None
