"""Whoever reads robots.txt, or names itself a crawler, knows where it is not wanted."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit


@dataclass(frozen=True, slots=True)
class RobotsViolation:
    """Weighs a request that the client's own copy of robots.txt forbids.

    Sees:   whether the file that this client was given keeps it from the path.
    Means:  a crawler that asks for the rules and does not heed them, or never asks.
    Spares: everybody who neither reads the file nor claims to be a bot, and who reads it in a browser.
            Staged, as it says little about who is there: honest fetchers for a person do not heed it.
    Costs:  one comparison.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        if not visit.disallowed:
            return None
        return Evidence("robots_violation", self.log_odds, "robots.txt forbids this to the client")
