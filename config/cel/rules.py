"""An ordered set of rules becomes one function that finds the first that applies, and reads no fact twice."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from challenges.rung import LEVELS, Rung
from config.cel import operators
from config.cel.check import CelFault, CelFaults, Checker
from config.cel.expression import Checked, Node
from config.cel.facts import Fact
from config.cel.generate import Code, Generator, fault_at
from config.cel.limits import Limit, limits_in, plain_limits
from config.cel.macros import MACRO, ROUTE, defined, expanded
from config.cel.moments import part_of
from config.cel.score import rests_on_score
from config.cel.unsupported import Unsupported
from config.decision import Action, Band, Mode
from config.list_kinds import Listing
from config.rollout import takes_part
from config.rule import Rule
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim
from detectors.sighting import Sighting
from detectors.value import value
from detectors.visit import Visit

# Who has passed a challenge gets by them: it is the way out that their pages show.
ANSWERABLE = frozenset((Action.CHALLENGE, Action.TARPIT, Action.DECOY))

# Returns the place of the first rule that applies. Where only answerable ones apply to a client that has
# passed a challenge, -2 minus the place of the first of them; where nothing applies, -1. The last argument
# takes the places of rules that would have acted but are only noted; None will do where there are no such.
Matcher = Callable[
    [
        Visit,
        Sighting,
        BotClaim,
        float | None,
        Band | None,
        Sequence[Evidence],
        float,
        list[str],
        list[int] | None,
    ],
    int,
]

Ladder = Mapping[Band | None, Rung]  # what a challenge begins with, by band; None where no risk is known

ARGUMENTS = "visit, sighting, claim, risk, band, evidence, now, faults, noted"
_READ = re.compile("⟦(.*?)⟧")
_RISK = ("risk", "band")


@value
class Condition:
    """The Python of one rule's condition, with its reads still marked, what it calls, and its limits.

    `exceeded` are the limits of which a client exceeds one wherever the condition holds; mostly none.
    `checked` is the tree that all of this was read from.
    """

    rule: Rule
    checked: Checked
    text: str
    reads: tuple[tuple[str, bool], ...]
    closures: bool
    limits: tuple[Limit, ...]
    exceeded: tuple[Limit, ...]

    @property
    def asks_for_risk(self) -> bool:
        """True where the rule cannot be judged without a risk."""
        return any(source in _RISK for source, _ in self.reads)


class Compiler:
    """Checks and compiles conditions over one set of lists and facts; `lists` go by their whole names."""

    def __init__(
        self,
        lists: Mapping[str, Listing],
        facts: Mapping[str, Fact],
        macros: Mapping[str, str] | None = None,
        routes: Iterable[str] = (),
    ) -> None:
        named = filter(str.isidentifier, {*routes, *facts["request.route"].choices})
        flags = [*(MACRO + name for name in macros or ()), *(ROUTE + name for name in named)]
        self._checker = Checker(lists, flags)
        self._facts = facts
        self._patterns: list[str] = []
        self._namespace: dict[str, object] = {
            name: getattr(operators, name)
            for name in (
                *(
                    "int64",
                    "divide_int",
                    "modulo_int",
                    "divide_double",
                    "double_to_int",
                    "item_at",
                    "entry_at",
                ),
                *("both", "either", "every", "some", "lower_ascii", "upper_ascii"),
            )
        }
        self._namespace |= {name.replace(".", "_"): listing.entries for name, listing in lists.items()}
        self._kinds = {name: listing.kind for name, listing in lists.items()}
        self._namespace |= {"takes_part": takes_part, "part_of": part_of}
        self._macros, self.macro_faults = self._defined(macros or {})

    def condition(self, rule: Rule) -> Condition:
        """Check the condition of `rule`. Raises CelFaults."""
        checked = expanded(self._checker.check(rule.when), self._macros)
        generator = Generator(checked, self._facts, self._patterns, self._kinds)
        code = _generated(generator, checked)
        return Condition(
            replace(rule, score_alone=rests_on_score(checked.root)),
            checked,
            code.text,
            tuple(generator.reads),
            generator.closures,
            limits_in(checked),
            plain_limits(checked),
        )

    def _defined(self, macros: Mapping[str, str]) -> tuple[dict[str, Checked], dict[str, CelFaults]]:
        """Each macro's tree, and what is wrong with those that have none."""

        def verify(checked: Checked) -> None:
            _generated(Generator(checked, self._facts, [], self._kinds), checked)

        return defined(macros, self._checker.check, verify)

    def matcher(self, conditions: Sequence[Condition], ladder: Ladder) -> Matcher:
        """One function for all `conditions`, in their order."""
        namespace = self._namespace | {"needed": {band: int(LEVELS[rung]) for band, rung in ladder.items()}}
        namespace |= {
            f"search_{number}": operators.searcher(pattern) for number, pattern in enumerate(self._patterns)
        }
        source = source_of(conditions)
        exec(compile(source, "<rules>", "exec"), namespace)  # noqa: S102  our own text, built from a checked tree
        for place in range(len(conditions)):  # a function in its own globals would outlive a reload
            namespace.pop(f"rule_{place}", None)
        matcher: Matcher = namespace.pop("match")  # type: ignore[assignment]
        return matcher

    def value_of(self, checked: Checked, node: Node, facts: Mapping[str, object]) -> object:
        """The value of one part of a condition; `facts` are what a matcher takes, by their names.

        Raises EvaluationError where it has none, and Unsupported for what is no value by itself.
        """
        code = Generator(replace(checked, root=node), self._facts, self._patterns, self._kinds).condition()
        searchers = {
            f"search_{number}": operators.searcher(pattern) for number, pattern in enumerate(self._patterns)
        }
        text = _READ.sub(lambda found: found[1], code.text)
        return eval(text, self._namespace | searchers | dict(facts))  # noqa: S307  our own text, from a checked tree


def _generated(generator: Generator, checked: Checked) -> Code:
    """The Python of a condition. Raises CelFaults."""
    try:
        code = generator.condition()
        compile(_READ.sub("fact", code.text), "<rule>", "eval")
    except Unsupported as error:
        raise CelFaults([fault_at(checked, error)]) from None
    except (RecursionError, SyntaxError, MemoryError):
        raise CelFaults([CelFault(1, 1, "the condition is nested too deeply")]) from None
    return code


def source_of(conditions: Sequence[Condition]) -> str:
    """The Python of the whole set: cheap facts are read at the top, costly ones at their first use."""
    uses = Counter(source for rule in conditions if not rule.closures for source, _ in rule.reads)
    costly = {source: is_costly for rule in conditions for source, is_costly in rule.reads}
    shared = [source for source, count in uses.items() if count > 1 and source not in _RISK]
    names = {source: f"fact_{place}" for place, source in enumerate(shared)}
    separate: list[str] = []
    apart = [f"rule_{place}=rule_{place}" for place, rule in enumerate(conditions) if rule.closures]
    head = [f"def match({', '.join((ARGUMENTS, *apart))}):", "    request = visit.request", "    held = -1"]
    head += [f"    {names[source]} = {'None' if costly[source] else source}" for source in shared]
    body: list[str] = []
    for place, condition in enumerate(conditions):
        if condition.closures:
            separate += [f"def rule_{place}({ARGUMENTS}):", "    request = visit.request"]
            separate += [f"    return {_READ.sub(lambda found: found[1], condition.text)}", ""]
            text = f"rule_{place}({ARGUMENTS})"
        else:
            text = _READ.sub(lambda found: _read(found[1], names, costly), condition.text)
        body += _test(place, condition, text)
    return "\n".join([*separate, *head, *body, "    return held", ""])


def _read(source: str, names: Mapping[str, str], costly: Mapping[str, bool]) -> str:
    name = names.get(source)
    if name is None:
        return source
    return f"({name} if {name} is not None else ({name} := {source}))" if costly[source] else name


def _needed(rule: Rule) -> str:
    """The level that gets by a rule, as Python."""
    return "needed[band]" if rule.ask is None else str(int(LEVELS[rule.ask]))


def _test(place: int, condition: Condition, text: str) -> list[str]:
    """One rule as statements. A failure is noted and the rule passed over."""
    rule = condition.rule
    known = "risk is not None and " if condition.asks_for_risk else ""
    in_time = "" if rule.until is None else f"now < {rule.until!r} and "
    return [
        "    try:",
        f"        if {in_time}{known}{text}:",
        *(f"            {line}" for line in _then(place, rule)),
        "    except Exception:",
        f"        faults.append({'rule:' + rule.name!a})",
    ]


def _then(place: int, rule: Rule) -> list[str]:
    """What follows where the condition of the rule at `place` holds."""
    act = [f"return {place}"]
    if rule.mode is Mode.MONITOR:
        act = [f"noted.append({place})"]
    elif rule.is_watched:
        act = [
            f"if takes_part({rule.name!a}, request.address, {rule.rollout_percent!r}):",
            f"    return {place}",
            f"noted.append({place})",
        ]
    if rule.action not in ANSWERABLE:
        return act
    passed = ["if held == -1:", f"    held = {-2 - place}"]
    gets_by = f"if visit.clearance < {_needed(rule)}:"
    if not rule.is_watched:
        return [gets_by, *(f"    {line}" for line in act), *passed]
    return [gets_by, *(f"    {line}" for line in act)]
