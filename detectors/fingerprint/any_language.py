"""Nobody reads every language: `*` is a library's word for not having thought about it."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class AnyLanguage:
    """Notices an Accept-Language that is empty or `*`.

    Sees:   whether Accept-Language names a language, the claimed browser.
    Means:  Node's fetch writes `*`; browsers always name the languages of their settings.
    Spares: clients that claim no browser.
    Costs:  one comparison, once per fingerprint.
    """

    default: ClassVar[float] = 2.2  # as much as no language at all: alone 31 of 100
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if not reading.any_language or not reading.poses_as_browser:
            return None
        return Evidence("any_language", self.log_odds, "Accept-Language names no language")
