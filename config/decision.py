"""A decision is a value; carrying it out is somebody else's job."""

from enum import StrEnum

from challenges.rung import Rung
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim, BotStatus
from detectors.model.opinion import Named, Opinion
from detectors.value import value


class Action(StrEnum):
    """What may be done with a request, from the softest to the hardest."""

    ALLOW = "allow"
    THROTTLE = "throttle"
    CHALLENGE = "challenge"
    TARPIT = "tarpit"
    DECOY = "decoy"
    BLOCK = "block"


SEVERITY = {action: rank for rank, action in enumerate(Action)}


class Mode(StrEnum):
    """Whether decisions act (`enforce`) or are only written down (`monitor`).

    `allow-all` can only be ordered: nothing is judged, every request is forwarded.
    """

    ENFORCE = "enforce"
    MONITOR = "monitor"
    ALLOW_ALL = "allow-all"


class Band(StrEnum):
    """Named interval of risk."""

    TRUSTED = "trusted"
    LOW = "low"
    ELEVATED = "elevated"
    HIGH = "high"
    CERTAIN = "certain"


_SUSPECTED = frozenset((Band.HIGH, Band.CERTAIN))


@value
class Verdict:
    """What the rules and orders say, before the mode is applied; `ask` is the rung of a challenge."""

    action: Action
    rule: str
    ruleset: str
    category: str
    reason: str
    ask: Rung | None = None


@value
class Decision:
    """What happens to one request, and why.

    `action` is what is done; `would_action` is the policy's word before the mode softened it. `risk` is 0 to
    100, or None where it was not computed. `evidence` is strongest first. `margin` is the model's own
    contribution in log-odds, None where the model did not speak; `model` is the one that did. `challenger` is
    what a second model said, which entered nothing else here. `recalled` is true where
    evidence, margin and risk are those of the page that loaded this. `faults` names detectors that failed.
    `ask` is the rung that a challenge begins with. `noted` holds what rules in mode `monitor`, or outside of
    their rollout, would have said before the one that decided.
    """

    action: Action
    would_action: Action
    mode: Mode
    rule: str
    ruleset: str
    category: str
    reason: str
    risk: float | None
    band: Band | None
    evidence: tuple[Evidence, ...]
    bot: BotClaim
    fingerprint: str
    agent: str = ""  # the name behind the user agent
    margin: float | None = None
    faults: tuple[str, ...] = ()
    model: Named | None = None
    challenger: Opinion | None = None
    recalled: bool = False
    ask: Rung | None = None
    noted: tuple[Verdict, ...] = ()

    @property
    def accuses(self) -> bool:
        """True where the sender is no example of what is usual: suspected, turned away, or a verified bot."""
        suspected = self.band is None or self.band in _SUSPECTED or self.would_action is not Action.ALLOW
        return suspected or self.bot.status is BotStatus.VERIFIED

    @property
    def enforced(self) -> bool:
        """True where what is done is what the policy said."""
        return self.action is self.would_action
