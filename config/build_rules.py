"""The rules of each file are read once, whichever policies they stand in, and faults found at their place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from challenges.rung import CAPTCHAS, Rung
from config.cel.check import CelFaults
from config.cel.facts import facts_by_name
from config.cel.rules import Compiler, Condition
from config.decision import Action, Mode
from config.fault import Fault, dotted
from config.rule import Rule
from config.rule_place import place_in_rule
from config.schema import ALWAYS, ConfigDocument, RuleSection
from config.sources import EVIDENCE, Sources
from config.yaml_tree import Document
from config.yaml_tree import Path as KeyPath

ASKING = (Action.CHALLENGE, Action.TARPIT, Action.DECOY)  # the last two let pass who has answered


class RuleReader:
    """Checks and compiles rules; `places` holds each that was read, by its file and the path of its key."""

    def __init__(self, sources: Sources, config: ConfigDocument) -> None:
        self._sources = sources
        self._config = config
        macros = {name: text for name, (text, _, _) in self._macros().items()}
        facts = facts_by_name(tuple(config.routes), EVIDENCE)
        self.compiler = Compiler(sources.lists, facts, macros)
        self.places: dict[tuple[str, KeyPath], Condition | None] = {}
        for name, found in self.compiler.macro_faults.items():
            _, document, path = self._macros()[name]
            self._explain(document, path, found)

    def conditions(
        self,
        document: Document,
        path: KeyPath,
        sections: Sequence[RuleSection],
        ruleset: str,
        *,
        own: bool,
        route: str = "",
    ) -> Iterator[Condition]:
        """The sound ones of the rules at `path`, in order; with `route`, for requests to that alone."""
        names: set[str] = set()
        for place, section in enumerate(sections):
            at = (*path, place)
            key = (document.file, at)
            if key not in self.places:
                if section.name in names:
                    self._fault(document, (*at, "name"), "an earlier rule of this list has this name")
                self._check_ask(document, at, section)
                self.places[key] = self._condition(
                    document, at, section, rule_of(section, ruleset, route, own=own)
                )
            names.add(section.name)
            condition = self.places[key]
            if condition is not None:
                yield condition

    def _check_ask(self, document: Document, at: KeyPath, section: RuleSection) -> None:
        if section.ask and section.action not in ASKING:
            self._fault(document, (*at, "ask"), f"{section.action} asks nothing; leave this out")
        if section.ask in CAPTCHAS and section.ask not in self._config.challenge.captcha:
            self._fault(document, (*at, "ask"), f"there is no challenge.captcha.{section.ask}")

    def _condition(
        self, document: Document, at: KeyPath, section: RuleSection, rule: Rule
    ) -> Condition | None:
        """The whole condition, once what stands under `when` is known to be sound."""
        try:
            written = self.compiler.condition(replace(rule, when=section.when))
        except CelFaults as found:
            self._explain(document, (*at, "when"), found)
            return None
        if rule.when == section.when:
            return written
        try:
            return self.compiler.condition(rule)
        except CelFaults as found:  # a limit can be wrong in its route alone
            self._fault(document, (*at, "limit"), found.faults[0].message)
            return None

    def _explain(self, document: Document, path: KeyPath, found: CelFaults) -> None:
        for fault in found.faults:
            place = place_in_rule(document, path, fault.line, fault.column)
            self._sources.faults.append(Fault(place, dotted(path), fault.message))

    def _macros(self) -> Mapping[str, tuple[str, Document, KeyPath]]:
        """Every macro with its place; one of the operator's stands in for an imported one of its name."""
        found: dict[str, tuple[str, Document, KeyPath]] = {}
        for read in self._sources.imports.values():
            if read.file is not None:
                found |= {
                    name: (text, read.document, ("macros", name)) for name, text in read.file.macros.items()
                }
        document = self._sources.document
        return found | {
            name: (text, document, ("macros", name)) for name, text in self._config.macros.items()
        }

    def _fault(self, document: Document, path: KeyPath, message: str) -> None:
        self._sources.faults.append(Fault(document.place(path), dotted(path), message))


def condition_of(section: RuleSection, route: str = "") -> str:
    """The whole condition: the route whose rule it is, what is written out, and what the limit stands for."""
    parts = [f'request.route == "{route}"'] if route else []
    parts += [section.when] if section.limit is None or section.when != ALWAYS else []
    parts += [] if section.limit is None else [section.limit.condition]
    return parts[0] if len(parts) == 1 else " && ".join(f"({part})" for part in parts)


def rule_of(section: RuleSection, ruleset: str, route: str = "", *, own: bool) -> Rule:
    """The rule as it will appear in events."""
    return Rule(
        name=section.name,
        when=condition_of(section, route),
        action=Action(section.action),
        category=section.oat or "",
        reason=section.reason or f"rule {section.name} applies",
        ruleset=ruleset,
        own=own,
        ask=None if section.ask is None else Rung(section.ask),
        until=section.until,
        owner=section.owner or "",
        note=section.note or "",
        mode=Mode(section.mode),
        rollout_percent=section.rollout,
    )
