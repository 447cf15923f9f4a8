"""A browser fetches what a page is made of; whoever reads many pages and nothing else wants the text."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

SOME_PAGES = 10  # half the weight: a warm cache can look like this for a while
MANY_PAGES = 20
PAGES_PER_ASSET = 50


@dataclass(frozen=True, slots=True)
class AssetBlindness:
    """Weighs many pages with next to no images, style sheets or scripts.

    Sees:   pages against images and assets of the session.
    Means:  a client that does not render.
    Spares: short visits; half the weight below 20 pages, for caches answer much; sites that serve every image
            and asset from another host should lower the weight.
    Costs:  one comparison for short visits, else three.
    """

    default: ClassVar[float] = 2.5
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        session = visit.session
        pages = session.pages
        if pages < SOME_PAGES or PAGES_PER_ASSET * (session.images + session.assets) > pages:
            return None
        weight = self.log_odds if pages >= MANY_PAGES else self.log_odds / 2
        return Evidence("asset_blindness", weight, f"{pages} pages and hardly any image, style or script")
