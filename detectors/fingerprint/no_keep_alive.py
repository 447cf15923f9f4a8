"""On HTTP/1.1 every browser says `Connection: keep-alive`, though it need not."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class NoKeepAlive:
    """Notices a browser's name without a browser's habit about connections.

    Sees:   whether Connection is there and says `keep-alive`, the protocol, the spelling of names.
    Means:  libraries leave it out (RFC 9112 section 9.3 makes it the default), close, or write `Keep-Alive`.
    Spares: fronts, also those that keep silent but lower all names, newer protocols, WebSocket handshakes.
    Costs:  three look-ups, once per fingerprint.
    """

    default: ClassVar[float] = 0.8  # alone 10 of 100: a silent front does this to everybody
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.http_version != "1.1" or reading.fronted or not reading.browser.claimed:
            return None
        if reading.keeps_alive or reading.has(b"upgrade") or b"User-Agent" not in reading.names:
            return None
        return Evidence("no_keep_alive", self.log_odds, "no Connection: keep-alive")
