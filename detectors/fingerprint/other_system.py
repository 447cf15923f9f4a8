"""A user agent is easily changed; the system that the client hints name is changed by few."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.client_hints import names_another_system, names_another_version
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class OtherSystem:
    """Notices client hints that differ from the user agent twice: in the version and in the system.

    Sees:   sec-ch-ua, sec-ch-ua-platform, the claimed browser.
    Means:  one browser's user agent on top of another, as on a server's headless Chromium. `client_hints`
            weighs the first difference, this the second.
    Spares: one difference alone, unknown systems.
    Costs:  two comparisons, once per fingerprint.
    """

    default: ClassVar[float] = 1.6  # with client_hints 75 of 100
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.browser.engine is not Engine.CHROMIUM or not names_another_version(reading):
            return None
        if not names_another_system(reading):
            return None
        return Evidence("other_system", self.log_odds, "another version and another system in one browser")
