"""A browser under remote control has to say so."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class Webdriver:
    """Notices the flag of remote control.

    Sees:   navigator.webdriver in the page, in an empty frame, in a worker, and by the browser's own getter,
            whatever a script put in its place.
    Means:  ChromeDriver, Playwright, Puppeteer or Marionette drives this browser (W3C WebDriver, section 4).
    Spares: browsers without the flag, and those whose flag an extension removed or replaced.
    Costs:  four comparisons.
    """

    default: ClassVar[float] = 6.0  # as `headless`: it says so itself
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        frame, worker = testimony.frame, testimony.worker
        places = {
            "the page": testimony.main.webdriver,
            "an empty frame": frame is not None and frame.webdriver,
            "a worker": worker is not None and worker.webdriver,
            "the browser's own getter": testimony.webdriver_native,
        }
        where = next((place for place, said in places.items() if said), None)
        return (
            Evidence("probe_webdriver", self.log_odds, f"navigator.webdriver, by {where}") if where else None
        )
