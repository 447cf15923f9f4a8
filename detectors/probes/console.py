"""Remote control listens to the console."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class Console:
    """Notices that somebody looks into what is written to the console.

    Sees:   whether the browser looked into an object of the page's that was logged.
    Means:  the Chrome DevTools Protocol is listening, as Puppeteer and Playwright make it.
    Spares: browsers whose console is closed. Staged: a developer with open tools does the same.
    Costs:  one comparison.
    """

    default: ClassVar[float] = 0.0  # staged: developers are people
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        if not testimony.console_read:
            return None
        return Evidence("probe_console", self.log_odds, "somebody listens to the console")
