"""The Sec-Fetch headers of one request were written by one hand, so they agree."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import PAGE_DESTINATIONS, Reading

# W3C Fetch Metadata, and the Fetch standard's request modes. New words may come, so only clashes count.
SUBRESOURCES = frozenset({b"script", b"style", b"image", b"font", b"audio", b"video", b"track", b"manifest"})
CALLS = frozenset({b"cors", b"no-cors", b"same-origin", b"websocket"})


@dataclass(frozen=True, slots=True)
class FetchMetadata:
    """Compares Sec-Fetch-Mode with Sec-Fetch-Dest and Sec-Fetch-User.

    Sees:   both values, whether Sec-Fetch-User and a prefetch's mark are there, the claimed browser.
    Means:  page loads are `navigate` and nothing else is; only page loads are a person's click. A page load
            that says `no-cors` was put together by a program.
    Spares: words that this version of Stile does not know, prefetches, what service workers pass on
            (`navigate` with an empty destination).
    Costs:  three comparisons, once per fingerprint.
    """

    default: ClassVar[float] = 3.0  # alone 50 of 100: below the line until more browsers have been recorded
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        mode, destination = reading.value(b"sec-fetch-mode"), reading.value(b"sec-fetch-dest")
        if not reading.browser.claimed or not mode or reading.has(b"sec-purpose") or reading.has(b"purpose"):
            return None
        reason = ""
        if destination in PAGE_DESTINATIONS and mode in CALLS:
            reason = f"a page load that says {mode.decode()}"
        elif destination in SUBRESOURCES and mode == b"navigate":
            reason = f"a part of a page ({destination.decode()}) that says navigate"
        elif mode in CALLS and reading.has(b"sec-fetch-user"):
            reason = f"a person's click that says {mode.decode()}"
        return Evidence("fetch_metadata", self.log_odds, reason) if reason else None
