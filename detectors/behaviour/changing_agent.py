"""One visit is made with one browser. A cookie that wanders through many names is shared by a program."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.visit import Visit

FEWEST = 4  # a browser that updates itself is two, one that asks for the desktop's page once more is three


@dataclass(frozen=True, slots=True)
class ChangingAgent:
    """Weighs a session that comes with one user agent after another.

    Sees:   how many different user agents returned the session's cookie.
    Means:  a program that rotates user agents and keeps its cookies, or a cookie that many programs share.
    Spares: up to 3, and whoever returns no cookie: without it another user agent is another session.
    Costs:  counting the bits of one number.
    """

    default: ClassVar[float] = 2.0  # alone 27 of 100: no visits with cookies have been measured yet
    log_odds: float

    def inspect(self, visit: Visit, now: float) -> Evidence | None:  # noqa: ARG002  one form for all
        agents = visit.session.agents.bit_count()
        if agents < FEWEST:
            return None
        return Evidence("changing_agent", self.log_odds, f"{agents} user agents or more in one session")
