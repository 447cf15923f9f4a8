"""One program on a thousand addresses still writes its headers in one way."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

FEWEST_PAGES = 2_000
FEWEST_ADDRESSES = 300
MOST_PARTS = 0.2  # style sheets and scripts for each page; browsers with a warm cache load about one


@dataclass(frozen=True, slots=True)
class CrowdedFingerprint:
    """Weighs a header fingerprint that reads pages from very many addresses and nothing but pages.

    Sees:   pages, style sheets and scripts, and the number of addresses of all clients with this
            fingerprint, as the shared state counts them.
    Means:  a crawler behind residential proxies: each address asks little, all of them write alike.
    Spares: fingerprints of popular browsers, which come from many addresses and load what pages need.
    Costs:  one comparison for rare fingerprints, about 2 µs for popular ones, 7 for those that it means.
    """

    default: ClassVar[float] = 0.0  # staged: a shop whose parts come from a CDN shows only pages to Stile
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        crowd = visit.session.fingerprint
        pages = crowd.pages
        if pages < FEWEST_PAGES or crowd.count("assets") > pages * MOST_PARTS:
            return None
        addresses = crowd.distinct("addresses")
        if addresses < FEWEST_ADDRESSES:
            return None
        return Evidence(
            "crowded_fingerprint",
            self.log_odds,
            f"about {addresses:.0f} addresses write alike, and only read pages",
        )
