"""Every browser says its name."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class NoUserAgent:
    """Notices a missing or empty User-Agent.

    Sees:   the user agent.
    Means:  a script whose author did not set one.
    Spares: nobody, but a person who strips it still sends the other headers, and so stays below the line.
    Costs:  one comparison, once per fingerprint.
    """

    default: ClassVar[float] = 2.5  # alone 38 of 100; without Accept-Language too, 85
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.user_agent.strip():
            return None
        return Evidence("no_user_agent", self.log_odds, "no User-Agent")
