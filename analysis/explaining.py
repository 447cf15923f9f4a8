"""Why a recorded decision was made: every rule with all its values, and what would have changed it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.lines import Lines, json_of
from analysis.records import MAX_EVENT_BYTES, Record, Records
from analysis.replaying.trial import replay_records
from config.build_policy import PolicyBuilder
from config.cel.expression import Call, Constant, Node, nodes_of
from config.cel.limits import COMPARISONS, COUNTED
from config.cel.operators import EvaluationError
from config.cel.rules import Compiler, Condition
from config.cel.trace import Part, parts_of
from config.cel.unsupported import Unsupported
from config.cel.wording import wording
from config.decision import Action, Decision
from config.judge import ORDERS
from config.loader import load
from config.policy import Policy
from config.reading import Recorder, read_file
from config.rule import Rule
from config.sources import read_sources
from detectors.evidence import Evidence, risk_of, total_log_odds
from detectors.sighting import Sighting
from detectors.value import value
from detectors.visit import Level, Visit

Event = dict[str, Any]


@value
class Asked:
    """One rule: whether its condition held (None where it has no value), and what came of that."""

    rule: Rule
    holds: bool | None
    outcome: str
    parts: tuple[Part, ...]


@value
class Explanation:
    """One decision taken apart. `otherwise` are changes each of which alone would have made it another."""

    record: Record
    decision: Decision
    asked: tuple[Asked, ...]
    otherwise: tuple[str, ...]


class _Found(Exception):
    """The decision was come to; what comes later in the log does not matter."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__()
        self.explanation = explanation


def explanation_of(id_: str, log: Path, path: str) -> Explanation | None:
    """A decision by the configuration at `path`; None where the log holds none. Raises ConfigFaults."""
    texts = Recorder(read_file)
    config = load(path, texts)
    sources = read_sources(path, texts)
    assert sources.config is not None  # noqa: S101  it was loaded a moment ago
    builder = PolicyBuilder(sources, sources.config)
    policies = builder.build()
    named = {policy.name: builder.orders[key] for key, policy in policies.items()}
    sites = {site.name: site.policy for site in config.sites}

    def watch(record: Record, visit: Visit, decision: Decision) -> None:
        if record.id == id_:
            policy = sites[visit.session.key.partition("/")[0]]
            raise _Found(
                _Case(builder.rules.compiler, policy, named[policy.name], visit, decision).explain(record)
            )

    try:
        replay_records(Records(log), config, watch=watch)
    except _Found as found:
        return found.explanation
    return None


class _Case:
    """One decision with all that was judged."""

    def __init__(
        self,
        compiler: Compiler,
        policy: Policy,
        conditions: list[Condition],
        visit: Visit,
        decision: Decision,
    ) -> None:
        self._compiler = compiler
        self._policy = policy
        self._conditions = conditions
        self._visit = visit
        self._decision = decision
        self._facts: dict[str, object] = {
            "visit": visit,
            "request": visit.request,
            "sighting": Sighting(decision.fingerprint, (), 0.0, decision.bot, decision.agent),
            "claim": decision.bot,
            "risk": decision.risk,
            "band": decision.band,
            "evidence": decision.evidence,
            "now": visit.request.arrived,
        }

    def explain(self, record: Record) -> Explanation:
        return Explanation(record, self._decision, tuple(self._asked()), tuple(self._otherwise()))

    def _asked(self) -> Iterator[Asked]:
        """Every rule in order; the parts of those that were asked."""
        decision, decided = self._decision, self._decision.ruleset == ORDERS
        for condition in self._conditions:
            rule = condition.rule
            if decided:
                why = (
                    "not asked: an order of an operator stood above"
                    if decision.ruleset == ORDERS
                    else "not asked"
                )
                yield Asked(rule, None, why, ())
                continue
            holds = self._holds(condition)
            decided = (rule.ruleset, rule.name) == (decision.ruleset, decision.rule) and not self._passed(
                rule
            )
            yield Asked(rule, holds, self._outcome(rule, holds, decided=decided), self._parts(condition))

    def _outcome(self, rule: Rule, holds: bool | None, *, decided: bool) -> str:
        if decided:
            return f"decided: {rule.action}"
        if holds is None:
            return "has no value here"
        if not holds:
            return "does not apply"
        if self._passed(rule):
            return f"would {rule.action}; the challenge was passed before"
        return f"noted: would {rule.action}" if rule.is_watched else "applies"

    def _passed(self, rule: Rule) -> bool:
        """Whether the clearance gets by the rule, as it does by what asks."""
        asks = rule.action in (Action.CHALLENGE, Action.TARPIT, Action.DECOY)
        return asks and self._decision.would_action is Action.ALLOW and self._visit.clearance > Level.NONE

    def _parts(self, condition: Condition) -> tuple[Part, ...]:
        return parts_of(condition.checked, lambda node: self._value(condition, node))

    def _holds(self, condition: Condition) -> bool | None:
        if condition.asks_for_risk and self._decision.risk is None:
            return None
        until = condition.rule.until
        if until is not None and self._visit.request.arrived >= until:
            return False
        held = self._value(condition, condition.checked.root)
        return held if isinstance(held, bool) else None

    def _value(self, condition: Condition, node: Node) -> object:
        try:
            return self._compiler.value_of(condition.checked, node, self._facts)
        except EvaluationError as error:
            return f"no value: {error}"
        except (Unsupported, TypeError):
            return "not known"

    # what would have changed it

    def _otherwise(self) -> Iterator[str]:
        if self._decision.ruleset == ORDERS:
            return
        yield from self._without_evidence()
        yield from self._with_clearance()
        yield from self._below_limits()
        yield from self._without_rule()

    def _without_evidence(self) -> Iterator[str]:
        decision = self._decision
        for item in decision.evidence:
            if not item.log_odds:
                continue
            rest = tuple(each for each in decision.evidence if each is not item)
            action, risk = self._judged(rest)
            if action is not decision.would_action:
                weight = f"{item.log_odds:+.2f}"
                then = f"the risk would be {risk:g}, and the action would be {action}"
                yield f"without {item.id} ({weight}) {then}"

    def _with_clearance(self) -> Iterator[str]:
        decision, visit = self._decision, self._visit
        for level in Level:
            if level > visit.clearance:
                action = self._action({"visit": replace(visit, clearance=level)})
                if action is not decision.would_action:
                    yield f"with a clearance of level {level.name.lower()} the action would be {action}"
                    return

    def _below_limits(self) -> Iterator[str]:
        for condition in self._conditions:
            if (condition.rule.ruleset, condition.rule.name) != (self._decision.ruleset, self._decision.rule):
                continue
            for node in nodes_of(condition.checked.root):
                if isinstance(node, Call) and node.function in COMPARISONS:
                    rate, most = node.args
                    if isinstance(rate, Call) and rate.function in COUNTED and isinstance(most, Constant):
                        was = f"{self._value(condition, rate):.4g}"
                        yield f"{wording(rate)} was {was}; the rule's line is {most.content!r}"

    def _without_rule(self) -> Iterator[str]:
        decision = self._decision
        if not decision.rule:
            return
        left = [each for each in self._conditions if each.rule.name != decision.rule]
        place = self._match(self._compiler.matcher(left, self._policy.ladder), self._facts)
        rule = left[place].rule if place >= 0 else None
        then = (
            f"{rule.name} would have decided: {rule.action}"
            if rule
            else "no other rule would have acted: allow"
        )
        yield f"without the rule {decision.rule}, {then}"

    def _judged(self, evidence: tuple[Evidence, ...]) -> tuple[Action, float]:
        risk = risk_of(total_log_odds(self._policy.prior, evidence))
        changed = {"evidence": evidence, "risk": risk, "band": self._policy.bands.of(risk)}
        return self._action(changed), risk

    def _action(self, changed: Mapping[str, object]) -> Action:
        rule_set = self._policy.rule_set
        place = self._match(rule_set.matcher, {**self._facts, **changed})
        return rule_set.verdicts[place].action if place >= 0 else Action.ALLOW

    def _match(self, matcher: Callable[..., int], facts: Mapping[str, object]) -> int:
        names = ("visit", "sighting", "claim", "risk", "band", "evidence", "now")
        return matcher(*(facts[name] for name in names), [], [])


def event_about(log: Path, what: str) -> Event | None:
    """The event of a decision by its id, or the last one about an address; None where the log has none."""
    found: Event | None = None
    needle = what.encode()
    for line in Lines(log, MAX_EVENT_BYTES):
        if needle not in line:
            continue
        try:
            event = json_of(line)
            if what == event["event"]["id"]:
                return dict(event)
            found = event if what == event["client"]["ip"] else found
        except (ValueError, KeyError, TypeError):
            continue  # the replay counts what it cannot read
    return found
