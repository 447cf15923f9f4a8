"""No browser that anybody still uses speaks HTTP/1.0."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class OldProtocol:
    """Notices HTTP/1.0 from a client that claims a current browser.

    Sees:   the protocol version, the claimed browser.
    Means:  a script on an old library.
    Spares: clients behind a front (nginx speaks 1.0 to its upstreams by default) and text browsers.
    Costs:  one comparison, once per fingerprint.
    """

    default: ClassVar[float] = 1.5  # some corporate proxies speak 1.0 and keep silent: 18 of 100 alone
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.http_version != "1.0" or reading.fronted or not reading.browser.claimed:
            return None
        return Evidence("old_protocol", self.log_odds, f"{reading.browser.name} does not speak HTTP/1.0")
