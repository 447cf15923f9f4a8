"""Browsers open with Host; clients written by hand rarely know the house order."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class HeaderOrder:
    """Weighs where Host stands among the headers.

    Sees:   header names in wire order.
    Means:  HTTP/1.1 browsers send Host first; ad-hoc clients append it.
    Spares: requests with a single header, text browsers (w3m ends with Host), and clients behind a front.
    Costs:  one comparison, once per fingerprint.
    """

    default: ClassVar[float] = 1.5  # one odd proxy that keeps silent may do this to a person: 18 of 100 alone
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        names = reading.names
        if len(names) < 2 or names[0].lower() == b"host":
            return None
        if (
            reading.fronted
            or reading.browser.engine is Engine.TEXT
            or reading.http_version not in {"1.0", "1.1"}
        ):
            return None
        return Evidence("header_order", self.log_odds, "Host is not the first header")
