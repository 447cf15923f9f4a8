"""A page that is asked for every other second is not read."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

PAGES = 30  # in one minute; a browser that restores its tabs asks for about 20


@dataclass(frozen=True, slots=True)
class PageHaste:
    """Weighs more pages in a minute than a person can look at.

    Sees:   pages in the last minute.
    Means:  a crawler without delay.
    Spares: a dozen tabs opened at once, and whatever a page loads by itself.
    Costs:  one comparison for short visits, else about 0.5 µs.
    """

    default: ClassVar[float] = 2.0
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:
        session = visit.session
        if session.pages < PAGES:
            return None
        rate = session.page_rate("1m", now)
        if rate < PAGES:
            return None
        return Evidence("page_haste", self.log_odds, f"{rate:.0f} pages in a minute")
