"""Who comes by no page's link has no page to name: an address that was typed in has no Referer."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class FetchSite:
    """Compares Sec-Fetch-Site with Referer.

    Sees:   whether Sec-Fetch-Site is `none` while Referer names a page of another site, the claimed browser.
    Means:  a copied header set with a search engine's page put in as Referer.
    Spares: Referers of the same site, which some reloads keep, and those of Android apps. Staged: apps that
            open a browser may name a page of theirs, and no recorded header set shows how often they do.
    Costs:  one look-up, once per fingerprint.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if not reading.typed_with_referrer or not reading.browser.claimed:
            return None
        return Evidence("fetch_site", self.log_odds, "Sec-Fetch-Site is none, Referer is another site's")
