"""An access log keeps the user agent alone: only that, and behaviour, is looked at."""

from collections.abc import Sequence
from typing import cast

from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim
from detectors.identity.proof import NO_PROOF, Proof
from detectors.inspection import MAX_SIGHTINGS, Inspector, remember
from detectors.registry import BEHAVIOUR, FINGERPRINT
from detectors.request import Request
from detectors.sighting import Sighting

# These look at the user agent alone. The others would take every line for a request that lacks everything.
SEEN_IN_LOGS = frozenset((
    "automation_tool",
    "declared_bot",
    "electron",
    "headless",
    "impossible_browser",
    "no_user_agent",
    "old_browser",
    "unknown_agent",
))  # fmt: skip
# A log knows of no cookie, no fingerprint and no robots.txt, so these would never find anything.
IDLE = frozenset(("changing_agent", "crowded_fingerprint", "robots_violation"))


class Onlooker:
    """Stands in for a policy's Inspector while access logs are replayed, with that policy's weights.

    Policies of the same weights have one.
    """

    def __init__(self, inspector: Inspector) -> None:
        seen = {name: kind for name, kind in FINGERPRINT.items() if name in SEEN_IN_LOGS}
        busy = {name: kind for name, kind in BEHAVIOUR.items() if name not in IDLE}
        self.weights = inspector.weights
        self._inspector = Inspector(inspector.weights, fingerprint=seen, behaviour=busy)
        self.behaviour = self._inspector.behaviour
        self._sightings: dict[tuple[object, ...], Sighting] = {}

    def sighting(self, request: Request) -> Sighting:
        """What the headers of `request` tell; a referrer is no part of a fingerprint."""
        fields = request.fields
        key = (fields.get(b"user-agent"), b"upgrade" in fields, request.http_version)
        sighting = self._sightings.get(key)
        if sighting is None:
            sighting = self._inspector.sighting(request)
            remember(self._sightings, key, sighting, MAX_SIGHTINGS)
        return sighting

    def claim(self, sighting: Sighting, address: str, proof: Proof = NO_PROOF) -> BotClaim:
        """The sighting's claim, completed by the address."""
        return self._inspector.claim(sighting, address, proof)

    def identity(self, claim: BotClaim) -> list[Evidence]:
        """What a completed claim tells."""
        return self._inspector.identity(claim)


def onlooker_of(inspector: Inspector, known: Sequence[Onlooker] = ()) -> tuple[Onlooker, Inspector]:
    """An inspector for access logs, one of the `known` where that weighs alike."""
    onlooker = next((one for one in known if one.weights == inspector.weights), None) or Onlooker(inspector)
    return onlooker, cast("Inspector", onlooker)  # it answers all four questions that `judge` asks
