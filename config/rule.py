"""A rule is a condition and what follows from it; the condition has been checked before a rule exists."""

from challenges.rung import Rung
from config.decision import Action
from detectors.value import value


@value
class Rule:
    """One rule. `ruleset` is `operator` or the imported file's name without its ending.

    `own` is true for what the operator wrote, false for what comes with Stile: only an operator's allow beats
    a ban. `score_alone` is true where `when` may hold for nothing but a risk. `ask` is the rung
    that a challenge begins with, None where the band says it.
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


@value
class Verdict:
    """What the rules and orders say, before the mode is applied; `ask` as in `Rule`."""

    action: Action
    rule: str
    ruleset: str
    category: str
    reason: str
    ask: Rung | None = None


def verdict_of(rule: Rule) -> Verdict:
    """What follows where `rule` applies."""
    return Verdict(rule.action, rule.name, rule.ruleset, rule.category, rule.reason, rule.ask)


def passed_verdict_of(rule: Rule) -> Verdict:
    """What follows where `rule` asks for a challenge that the client has passed."""
    reason = f"{rule.reason}; the challenge was passed before"
    return Verdict(Action.ALLOW, rule.name, rule.ruleset, rule.category, reason)
