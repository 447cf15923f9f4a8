"""Electron is a browser inside an application: most often a person's, at times a crawler's."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class Electron:
    """Notices pages opened inside an Electron application.

    Sees:   the user agent.
    Means:  not known yet: chat programs and editors show pages to people, some crawlers use it. Staged.
    Spares: everybody, until data shows what it means.
    Costs:  one search, once per fingerprint.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if "Electron/" not in reading.user_agent:
            return None
        return Evidence("electron", self.log_odds, "opened inside an Electron application")
