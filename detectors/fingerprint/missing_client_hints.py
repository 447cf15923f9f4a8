"""Chrome and Edge introduce themselves twice: in the user agent and in client hints."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading

NAMES = frozenset({"Chrome", "Edge"})  # other brands switch hints off, or had them later
SENT_SINCE = (90, 0)  # on for everybody since Chromium 89


@dataclass(frozen=True, slots=True)
class MissingClientHints:
    """Notices Chrome or Edge on a secure origin without sec-ch-ua.

    Sees:   whether sec-ch-ua was sent, the claimed version, the scheme.
    Means:  a user agent put on by hand.
    Spares: plain http, web views, other Chromium brands, all but page loads.
    Costs:  two look-ups, once per fingerprint.
    """

    default: ClassVar[float] = 1.5  # alone 18 of 100: extensions that switch the user agent do this to people
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser = reading.browser
        if browser.engine is not Engine.CHROMIUM or browser.name not in NAMES or browser.version < SENT_SINCE:
            return None
        if not reading.page or not reading.secure_context or reading.has(b"sec-ch-ua"):
            return None
        return Evidence("missing_client_hints", self.log_odds, f"{browser.name} without client hints")
