"""An example is one request of each kind of change, with all that explains it."""

from collections.abc import Iterable

from config.decision import Decision
from config.policy import Policy
from detectors.behaviour.features import features
from detectors.evidence import Evidence
from detectors.value import value
from detectors.visit import Visit

PER_KIND = 2  # of different clients
MAX_KINDS = 400
MAX_PATH = 200


@value
class Example:
    """One request as `line` has it, what was and would be done with it, and why."""

    at: float
    line: int
    client: str
    method: str
    path: str
    agent: str
    before: str
    after: str
    rule: str
    reason: str
    risk: float | None
    band: str
    evidence: tuple[Evidence, ...]


def example_of(line: int, visit: Visit, was: Decision, now: Decision, policy: Policy) -> Example:
    """The example in a judgement; only here is the model asked for its reasons."""
    request = visit.request
    decided = now if now.rule else was
    return Example(
        request.arrived,
        line,
        request.address,
        request.method,
        request.path[:MAX_PATH],
        request.text(b"user-agent")[:MAX_PATH],
        str(was.would_action),
        str(now.would_action),
        decided.rule,
        decided.reason,
        now.risk,
        str(now.band or ""),
        tuple(_explained(now, visit, policy)),
    )


def joined(ours: list[Example], theirs: Iterable[Example]) -> list[Example]:
    """The earliest of both, one for each client."""
    found: dict[str, Example] = {}
    for example in sorted((*ours, *theirs), key=lambda each: (each.at, each.line)):
        found.setdefault(example.client, example)
    return list(found.values())[:PER_KIND]


def _explained(decision: Decision, visit: Visit, policy: Policy) -> Iterable[Evidence]:
    model, seen = policy.model, visit.session
    for item in decision.evidence:
        if item.id == "model" and model is not None and not decision.recalled:
            reasons = model.reasons(features(seen, visit.request.arrived))
            yield Evidence(item.id, item.log_odds, ", ".join(reasons) or item.reason)
        else:
            yield item
