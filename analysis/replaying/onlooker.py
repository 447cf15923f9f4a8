"""An access log keeps the user agent alone: only that, and behaviour, is looked at."""

from collections.abc import Sequence
from typing import cast

from detectors.evidence import Evidence
from detectors.fingerprint.reading import is_page_path
from detectors.identity.bot_claim import BotClaim
from detectors.identity.proof import NO_PROOF, Proof
from detectors.inspection import MAX_SIGHTINGS, Inspector, remember
from detectors.registry import BEHAVIOUR, FINGERPRINT
from detectors.request import Request
from detectors.sighting import Sighting
from detectors.visit import Visit

# The other detectors would take every line for a request that lacks everything.
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


class Onlooker:
    """Stands in for a policy's Inspector while access logs are replayed, with that policy's weights.

    Two policies of the same weights have one, which looks at each visit once.
    """

    def __init__(self, inspector: Inspector) -> None:
        seen = {name: kind for name, kind in FINGERPRINT.items() if name in SEEN_IN_LOGS}
        self.weights = inspector.weights
        self._inspector = Inspector(inspector.weights, fingerprint=seen, behaviour=BEHAVIOUR)
        self._sightings: dict[tuple[object, ...], Sighting] = {}
        self._visit: Visit | None = None
        self._found: Sequence[Evidence] = ()
        self._faults: list[str] = []

    def sighting(self, request: Request) -> Sighting:
        """What the headers of `request` tell: all that a log keeps of them is in the key."""
        fields = request.fields
        agent = fields.get(b"user-agent")
        key = (agent, len(fields), b"referer" in fields, request.http_version, is_page_path(request.path))
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

    def behaviour(self, visit: Visit, now: float, faults: list[str] | None = None) -> Sequence[Evidence]:
        """What the sender's doings tell."""
        if self._visit is not visit:
            self._faults = []
            self._visit, self._found = visit, self._inspector.behaviour(visit, now, self._faults)
        if faults is not None:
            faults += self._faults
        return self._found


def onlooker_of(inspector: Inspector, known: Sequence[Onlooker] = ()) -> tuple[Onlooker, Inspector]:
    """An inspector for access logs, one of the `known` where that weighs alike."""
    onlooker = next((one for one in known if one.weights == inspector.weights), None) or Onlooker(inspector)
    return onlooker, cast("Inspector", onlooker)  # it answers all four questions that `judge` asks
