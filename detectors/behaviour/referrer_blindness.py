"""People come from one page to the next, and their browsers say so."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

PAGES = 20
PAGES_PER_REFERRER = 20


@dataclass(frozen=True, slots=True)
class ReferrerBlindness:
    """Weighs many pages with next to no referrer.

    Sees:   pages with a Referer against all pages of the session.
    Means:  addresses taken from a list instead of links being followed.
    Spares: short visits. Browsers told to send no referrer look the same, so the weight is small; sites with
            `Referrer-Policy: no-referrer` should set it to 0.
    Costs:  one comparison for short visits, else two.
    """

    default: ClassVar[float] = 1.5
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        session = visit.session
        pages = session.pages
        if pages < PAGES or PAGES_PER_REFERRER * session.referred > pages:
            return None
        return Evidence(
            "referrer_blindness", self.log_odds, f"{pages} pages, {session.referred} with a referrer"
        )
