"""A browser writes its headers in the order of its code; a copy of the values does not copy the order."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading

# Each pair: the left one stands before the right one, on page loads and on all that pages load. Chromium:
# captured from Chromium 156 (tests/detectors/fingerprint/test_chromium.py). Gecko: header order of visitors
# with Firefox 135 to 151. WebKit's order differs between versions and is not judged.
PAIRS = {
    Engine.CHROMIUM: (
        (b"connection", b"user-agent"),
        (b"user-agent", b"accept-encoding"),
        (b"accept", b"accept-encoding"),
        (b"accept-encoding", b"accept-language"),
    ),
    Engine.GECKO: (
        (b"user-agent", b"accept"),
        (b"accept", b"accept-language"),
        (b"accept-language", b"accept-encoding"),
    ),
}


@dataclass(frozen=True, slots=True)
class BrowserOrder:
    """Compares the order of the common headers with that of the claimed browser.

    Sees:   header names in wire order, the claimed engine.
    Means:  an HTTP library with a browser's user agent keeps the library's order.
    Spares: WebKit, and fronts that sort the headers by name. A script that sets Accept-Language itself moves
            it, so this stays below the line alone.
    Costs:  four comparisons, once per fingerprint.
    """

    default: ClassVar[float] = 2.5  # alone 38 of 100: below the line, as an odd extension can do it
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        pairs = PAIRS.get(reading.browser.engine)
        if pairs is None or (reading.fronted and is_sorted(reading.names)):
            return None
        if reading.browser.engine is Engine.GECKO and reading.has(b"sec-ch-ua"):
            return None  # a Chromium with Firefox's user agent: client_hints says so, and once is enough
        places = reading.places
        for left, right in pairs:
            if left in places and right in places and places[left] > places[right]:
                return Evidence("browser_order", self.log_odds, _reason(reading, left, right))
        return None


def is_sorted(names: tuple[bytes, ...]) -> bool:
    """True where the headers after Host and User-Agent are in alphabetical order, as Go writes them."""
    rest = [name.lower() for name in names if name.lower() not in {b"host", b"user-agent"}]
    return rest == sorted(rest)


def _reason(reading: Reading, left: bytes, right: bytes) -> str:
    return f"{reading.browser.name} does not send {right.decode()} before {left.decode()}"
