"""Rules that cannot apply, and rules that are never asked because an earlier one always decides.

Only what is certain is said: a condition is taken apart into claims about single facts, and what is not
understood may be true or false.
"""

from collections.abc import Iterator, Sequence

from challenges.rung import LEVELS
from config.cel.expression import Call, Constant, Fold, MapLiteral, Node, Select, Unknown, nodes_of
from config.cel.rules import ANSWERABLE
from config.checks.claims import Alternative, Shape, TooManyAlternatives, alternatives
from config.checks.finding import Finding
from config.checks.subject import Asked, Subject
from config.checks.world import World
from config.decision import Action
from config.rule import Rule
from detectors.value import value

# What these give is always something: no division by zero, no index out of range.
TOTAL = frozenset(
    (
        *("_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"),
        *("startsWith", "endsWith", "contains", "matches", "size", "lowerAscii", "upperAscii"),
        *("header", "rate", "page_rate", "count", "distinct"),
    )
)


@value
class Reasoned:
    """A condition, and the ways in which it is true or false; not `known` where that is too much to say."""

    asked: Asked
    true: tuple[Alternative, ...]
    false: tuple[Alternative, ...]
    subjects: frozenset[Shape]
    parts: tuple[frozenset[Shape], ...]
    known: bool

    @property
    def rule(self) -> Rule:
        """The rule that has the condition."""
        return self.asked.condition.rule


def unreachable(subject: Subject, now: float) -> Iterator[Finding]:
    """Every rule of the operator's that nothing can reach, each once."""
    seen: set[tuple[str, object]] = set()
    world = World(subject.section.routes)
    for conditions in subject.orders.values():
        order = [_reasoned(each) for each in conditions]
        for place, each in enumerate(order):
            key = (each.asked.document.file, each.asked.path)
            if not each.rule.own or key in seen:
                continue
            seen.add(key)
            yield from _about(each, order, place, world, now)


def _about(
    each: Reasoned, order: Sequence[Reasoned], place: int, world: World, now: float
) -> Iterator[Finding]:
    name = each.rule.name
    if each.rule.until is not None and each.rule.until <= now:
        yield each.asked.finding("expired-rule", f"rule {name} has ended, so it can be taken out")
        return
    reason = world.impossible(each.true) if each.known else ""
    if reason:
        yield each.asked.finding("never-applies", f"rule {name} never applies: {reason}")
        return
    earlier = (other for other in order[:place] if _decides_before(other, each))
    for other in earlier:
        if not _always(other, world) and _implies(each, other, world):
            yield each.asked.finding(
                "shadowed-rule",
                f"rule {name} is never reached: wherever it applies, {other.rule.name} has decided before",
            )
            return
    yield from _last_word(each, order[place + 1 :], world)


def _last_word(each: Reasoned, later: Sequence[Reasoned], world: World) -> Iterator[Finding]:
    if not _always(each, world):
        return
    name, said = each.rule.name, each.rule.when.strip()
    missed = [other for other in later if _decides_before(each, other)]
    if said == "true" and each.rule.action in ANSWERABLE:  # everybody shall be asked, as during an attack
        missed = [other for other in missed if other.rule.own]
    if missed:
        yield each.asked.finding(
            "always-applies",
            f"rule {name} applies to every request: nothing after it decides, from {missed[0].rule.name} on",
        )
    elif said != "true":
        yield each.asked.finding("always-applies", f"rule {name} applies to every request")


def _decides_before(other: Reasoned, each: Reasoned) -> bool:
    """Whether `each` is never asked, or cannot matter, where `other` applies."""
    first, second = other.rule, each.rule
    if first.is_watched or first.until is not None:
        return False
    if second.own and second.action is Action.ALLOW and not (first.own and first.action is Action.ALLOW):
        return False  # an operator's allow is asked once more where a client is banned
    if first.action not in ANSWERABLE:
        return True
    if second.action not in ANSWERABLE:
        return False  # who has passed the first is asked about the second
    if first.ask is None or second.ask is None:
        return first.ask is second.ask
    return LEVELS[second.ask] <= LEVELS[first.ask]


def _implies(each: Reasoned, other: Reasoned, world: World) -> bool:
    """Whether `other` applies wherever `each` does."""
    if not (each.known and other.known) or not all(part & each.subjects for part in other.parts):
        return False
    if other.asked.condition.asks_for_risk and not each.asked.condition.asks_for_risk:
        return False
    if not _is_total(other.asked.condition.checked.root) and other.true != each.true:
        return False
    return all(world.contradiction((*true, *false)) for true in each.true for false in other.false)


def _always(each: Reasoned, world: World) -> bool:
    """Whether the condition holds for every request."""
    condition = each.asked.condition
    if not each.known or condition.asks_for_risk or not _is_total(condition.checked.root):
        return False
    return bool(not each.false or world.impossible(each.false))


def _reasoned(asked: Asked) -> Reasoned:
    root = asked.condition.checked.root
    try:
        true, false = alternatives(root), alternatives(root, holds=False)
    except TooManyAlternatives:
        return Reasoned(asked, (), (), frozenset(), (), known=False)
    subjects = frozenset(claim.subject for each in true for claim in each)
    parts = tuple(
        frozenset(claim.subject for each in alternatives(part) for claim in each) for part in _conjuncts(root)
    )
    return Reasoned(asked, true, false, subjects, parts, known=True)


def _conjuncts(node: Node) -> Iterator[Node]:
    if isinstance(node, Call) and node.function == "_&&_":
        for part in node.args:
            yield from _conjuncts(part)
    elif not isinstance(node, Constant):
        yield node


def _is_total(root: Node) -> bool:
    return all(
        node.function in TOTAL
        if isinstance(node, Call)
        else not isinstance(node, Fold | MapLiteral | Select | Unknown)
        for node in nodes_of(root)
    )
