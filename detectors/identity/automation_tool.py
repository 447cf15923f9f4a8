"""Command-line tools and HTTP libraries that keep their own name."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class AutomationTool:
    """Notices the names of HTTP libraries and crawling frameworks.

    Sees:   the user agent.
    Means:  a program; a person at a command line now and then.
    Spares: libraries that apps for people are built on (okhttp, CFNetwork, Dalvik), and browsers.
    Costs:  nothing beyond the reading of the user agent.
    """

    default: ClassVar[float] = 6.0  # 95 of 100: it says so itself
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.claim.category != "library":
            return None
        return Evidence("automation_tool", self.log_odds, f"declares {reading.claim.name}")
