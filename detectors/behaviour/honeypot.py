"""A link that no person can see is followed only by what reads the page source."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit


@dataclass(frozen=True, slots=True)
class Honeypot:
    """Weighs a visit to a trap route.

    Sees:   requests of the session to routes named `trap`.
    Means:  a crawler that follows every link, also those hidden from view and forbidden in robots.txt.
    Spares: everybody else at the same address.
    Costs:  one comparison.
    """

    default: ClassVar[float] = 5.0
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        traps = visit.session.traps
        if not traps:
            return None
        return Evidence("honeypot", self.log_odds, f"followed {traps} hidden link(s)")
