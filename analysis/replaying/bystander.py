"""A record holds no headers: what they told is taken from it, and only behaviour is looked at anew."""

from typing import cast

from analysis.records import Recorded
from detectors.evidence import Evidence, total_log_odds
from detectors.identity.bot_claim import BotClaim
from detectors.inspection import Inspector
from detectors.registry import FINGERPRINT, WEIGHTS
from detectors.request import Request
from detectors.sighting import Sighting
from detectors.visit import Visit


class Bystander:
    """Stands in for a policy's Inspector while events are replayed, with that policy's weights."""

    def __init__(self, inspector: Inspector) -> None:
        self.weights = inspector.weights
        self.recorded = Recorded((), "", BotClaim(), "")
        self.forgets_headers = False  # the evidence is a page's, and its assessment is at hand
        self._inspector = inspector

    def sighting(self, request: Request) -> Sighting:  # noqa: ARG002  an Inspector's form
        """What the event says that the headers told."""
        evidence = tuple(
            Evidence(item.id, self._weight_of(item), item.reason)
            for item in self.recorded.evidence
            if item.id in FINGERPRINT and not self.forgets_headers
        )
        return Sighting(
            self.recorded.fingerprint,
            evidence,
            total_log_odds(0.0, evidence),
            self.recorded.claim,
            self.recorded.agent,
        )

    def _weight_of(self, item: Evidence) -> float:
        """Today's weight, halved where the event has half of today's, or of the default one."""
        weight, halves = self.weights.get(item.id, item.log_odds), WEIGHTS.get(item.id, 0.0) / 2
        return weight / 2 if weight and item.log_odds in {weight / 2, halves} - {weight} else weight

    def claim(self, sighting: Sighting, address: str) -> BotClaim:  # noqa: ARG002  an Inspector's form
        """The claim as it was completed when the request came: ranges have moved on since."""
        return sighting.claim

    def identity(self, claim: BotClaim) -> list[Evidence]:
        """What the claim tells."""
        return self._inspector.identity(claim)

    def behaviour(self, visit: Visit, now: float, faults: list[str] | None = None) -> list[Evidence]:
        """What the sender's doings tell, looked at anew."""
        return self._inspector.behaviour(visit, now, faults)


def bystander_of(inspector: Inspector) -> tuple[Inspector, Bystander]:
    """An inspector for events, as the policy needs it and as the replay tells it each event."""
    bystander = Bystander(inspector)
    return cast("Inspector", bystander), bystander  # it answers all four questions that `judge` asks
