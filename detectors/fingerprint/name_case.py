"""Header names have no meaning in their case, but every browser has a habit."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class NameCase:
    """Compares the spelling of header names with that of browsers on HTTP/1.1.

    Sees:   header names as they were sent.
    Means:  browsers write `User-Agent` and, of Chromium, `sec-ch-ua`; libraries write all names in one way.
    Spares: clients behind a front and newer protocols, which know lower case only.
    Costs:  a few comparisons, once per fingerprint.
    """

    default: ClassVar[float] = (
        1.5  # a balancer that lowers names and keeps silent does this to everybody: 18 of 100
    )
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.fronted or reading.http_version != "1.1" or not reading.browser.claimed:
            return None
        names = frozenset(reading.names)
        if reading.has(b"user-agent") and b"User-Agent" not in names:
            return Evidence("name_case", self.log_odds, "browsers write User-Agent on HTTP/1.1")
        if reading.has(b"sec-ch-ua") and b"sec-ch-ua" not in names:
            return Evidence("name_case", self.log_odds, "browsers write sec-ch-ua in lower case")
        return None
