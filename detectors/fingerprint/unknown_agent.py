"""An agent that claims neither to be a browser nor a bot is most often somebody's program."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading


@dataclass(frozen=True, slots=True)
class UnknownAgent:
    """Notices user agents that name no browser.

    Sees:   the user agent.
    Means:  a home-made client, or an app.
    Spares: every browser, text browsers among them; declared bots, which have their own evidence.
    Costs:  one comparison, once per fingerprint.
    """

    default: ClassVar[float] = 1.5  # alone 18 of 100: a shop's own app looks like this
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if reading.browser.engine is not Engine.NONE or reading.claim.name or not reading.user_agent.strip():
            return None
        return Evidence("unknown_agent", self.log_odds, "the user agent names no browser")
