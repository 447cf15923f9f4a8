"""Since 2019 browsers say what a request is for, on https and local origins: plain http proves nothing."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading

# W3C Fetch Metadata; versions from caniuse.com, "sec-fetch-mode"; Chromium shipped it in steps, 76 to 80.
NAMES = (b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
SENT_SINCE = {Engine.CHROMIUM: (80, 0), Engine.GECKO: (90, 0), Engine.WEBKIT: (16, 4)}


@dataclass(frozen=True, slots=True)
class MissingFetchMetadata:
    """Notices a page load on a secure origin without Sec-Fetch headers, and an incomplete set anywhere.

    Sees:   the Sec-Fetch names, the claimed version, the scheme; br in Accept-Encoding, which browsers
            offer on secure origins only.
    Means:  the user agent was copied, the rest was not; or, with Sec-Fetch-Mode alone, Node's fetch.
    Spares: plain http, older versions, all but page loads.
    Costs:  three look-ups, once per fingerprint.
    """

    default: ClassVar[float] = 2.0  # alone 27 of 100: some privacy proxies strip what they do not know
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        since = SENT_SINCE.get(reading.browser.engine)
        if since is None or reading.browser.version < since:
            return None
        sent = sum(map(reading.has, NAMES))
        if 0 < sent < len(NAMES):
            return Evidence(
                "missing_fetch_metadata", self.log_odds, "browsers send Sec-Fetch headers together"
            )
        if sent or not reading.page or not reading.secure_context:
            return None
        return Evidence(
            "missing_fetch_metadata", self.log_odds, "a secure page load without Sec-Fetch headers"
        )
