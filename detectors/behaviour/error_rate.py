"""People follow links that exist; scanners try names that might."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

ERRORS = 10


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Weighs many pages that do not exist or are forbidden.

    Sees:   4xx answers to pages and calls of the session.
    Means:  guessing of paths, ids or passwords.
    Spares: fewer than 10 errors, fewer errors than good answers, and missing icons or images.
    Costs:  one comparison where there are few errors, else two.
    """

    default: ClassVar[float] = 2.5
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        session = visit.session
        errors = session.errors
        if errors < ERRORS or errors * 2 < session.pages + session.apis:
            return None
        return Evidence("error_rate", self.log_odds, f"{errors} answers were errors of the client")
