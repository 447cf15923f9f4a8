"""Nobody reads sixty different pages in ten minutes."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

PAGES = 60  # in ten minutes, and all told
NEW_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class PageBreadth:
    """Weighs many different pages in a short time.

    Sees:   pages in the last ten minutes, and how many different ones the session saw.
    Means:  a walk over the catalogue.
    Spares: up to 6 pages a minute, and those who come back to the same pages.
    Costs:  one comparison for short visits, else about 1 µs.
    """

    default: ClassVar[float] = 2.5
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:
        session = visit.session
        if session.pages < PAGES:
            return None
        rate = session.page_rate("10m", now)
        if rate < PAGES or session.distinct() < NEW_SHARE * session.pages:
            return None
        return Evidence(
            "page_breadth", self.log_odds, f"{rate:.0f} pages in ten minutes, nearly all different"
        )
