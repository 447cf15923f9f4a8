"""A sighting is what the headers of a request tell, whoever sent them and whatever was done before."""

from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim
from detectors.value import value


@value
class Sighting:
    """What the headers alone tell; the same for every request with the same header fingerprint and values.

    `id` is our header fingerprint, 12 hexadecimal characters. `evidence` is strongest first, staged evidence
    (weight 0) included; `log_odds` is its sum. `claim` knows no address yet: see `Inspector.claim`.
    `faults` names detectors that failed.
    """

    id: str
    evidence: tuple[Evidence, ...]
    log_odds: float
    claim: BotClaim
    agent: str
    faults: tuple[str, ...] = ()
