"""A rule is a condition and what follows from it; the condition has been checked before a rule exists."""

from challenges.rung import Rung
from config.decision import Action, Mode, Verdict
from detectors.value import value


@value
class Rule:
    """One rule. `ruleset` is `operator` or the imported file's name without its ending.

    `own` is true for what the operator wrote, false for what comes with Stile: only an operator's allow beats
    a ban. `score_alone` is true where `when` may hold for nothing but a risk. `ask` is the rung
    that a challenge begins with, None where the band says it.

    From `until` on, in Unix seconds, the rule does not apply any more. One in mode `monitor` is only noted,
    and one whose `rollout_percent` is below 100 is noted for the clients that it leaves out
    (`config/rollout.py`).
    `owner` and `note` are for people.
    """

    name: str
    when: str
    action: Action
    category: str
    reason: str
    ruleset: str
    own: bool
    score_alone: bool = False
    ask: Rung | None = None
    until: float | None = None
    owner: str = ""
    note: str = ""
    mode: Mode = Mode.ENFORCE
    rollout_percent: float = 100.0

    @property
    def is_watched(self) -> bool:
        """True where the rule is noted, and does not act, for somebody."""
        return self.mode is Mode.MONITOR or self.rollout_percent < 100.0


def verdict_of(rule: Rule) -> Verdict:
    """What follows where `rule` applies."""
    return Verdict(rule.action, rule.name, rule.ruleset, rule.category, rule.reason, rule.ask)


def passed_verdict_of(rule: Rule) -> Verdict:
    """What follows where `rule` asks for a challenge that the client has passed."""
    reason = f"{rule.reason}; the challenge was passed before"
    return Verdict(Action.ALLOW, rule.name, rule.ruleset, rule.category, reason)
