"""A browser sends the same name that it tells its scripts."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import MAX_AGENT, Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class ScriptAgent:
    """Compares navigator.userAgent with the header.

    Sees:   the user agent as the page's script was told it, and as it was sent with the answer.
    Means:  one of the two was changed, or the testimony is another browser's.
    Spares: testimonies without a user agent. Staged: extensions that switch the user agent often change one
            of the two.
    Costs:  one comparison.
    """

    default: ClassVar[float] = 0.0  # staged: people switch their user agents
    log_odds: float

    def inspect(self, testimony: Testimony, request: Request) -> Evidence | None:
        told, sent = testimony.main.user_agent, request.text(b"user-agent")[:MAX_AGENT]
        if not told or not sent.isascii() or told == sent:
            return None
        return Evidence("probe_script_agent", self.log_odds, "navigator.userAgent is not what was sent")
