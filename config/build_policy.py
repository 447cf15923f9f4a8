"""Rules from several files become one ordered policy; each condition is checked against all that it names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from challenges.rung import CAPTCHAS, Rung
from config.ai import PACK
from config.bands import Bands
from config.bundles import usable
from config.cel.check import CelFaults
from config.cel.facts import facts_by_name
from config.cel.limits import in_order
from config.cel.rules import Compiler, Condition
from config.challenges import ladder_of
from config.decision import Action, Mode
from config.fault import Fault, did_you_mean, dotted
from config.networks import Networks
from config.policy import ModelLimits, Models, Policy, RuleSet, Seat
from config.routes import Routes
from config.rule import Rule, passed_verdict_of, verdict_of
from config.rule_place import place_in_rule
from config.schema import ALWAYS, ConfigDocument, PolicySection, RuleSection
from config.sources import EVIDENCE, Sources, policies
from config.yaml_tree import Document
from config.yaml_tree import Path as KeyPath
from detectors.inspection import Inspector
from detectors.model.bundle import BundleFault, Model

PRIOR = -3.0  # 4.7 of 100: where a request starts of which nothing is known
OPERATOR = "operator"
ASKING = (Action.CHALLENGE, Action.TARPIT, Action.DECOY)  # the last two let pass who has answered


class PolicyBuilder:
    """Builds every policy of one configuration; they share detectors, routes, bands and model."""

    def __init__(self, sources: Sources, config: ConfigDocument) -> None:
        self._sources = sources
        self._config = config
        self.compiler = Compiler(self._networks(), facts_by_name(tuple(config.routes), EVIDENCE))
        self._ladder = ladder_of(config.challenge.ladder)
        self._seen: dict[tuple[str, KeyPath], Condition | None] = {}
        self.orders: dict[KeyPath, list[Condition]] = {}  # what each policy asks, for `stile check`

    @property
    def places(self) -> Mapping[tuple[str, KeyPath], Condition | None]:
        """Every condition that was read, by its file and the path of its rule."""
        return self._seen

    def build(self) -> dict[KeyPath, Policy]:
        """Every policy by the path of its key; what is wrong is added to the faults."""
        config, bands = self._config, self._config.bands
        self._check_evidence()
        common = Policy(
            version=self._sources.version,
            name="policy",
            rule_set=self._rule_set([]),
            own_allows=self._rule_set([]),
            limits=(),
            ladder=self._ladder,
            bands=Bands(bands.trusted, bands.low, bands.elevated, bands.high),
            prior=config.evidence.get("prior", PRIOR),
            inspector=Inspector(
                {name: weight for name, weight in config.evidence.items() if name != "prior"}
            ),
            seat=Seat(Models(self._model())),
            model_limits=ModelLimits(
                config.model.lower_limit, config.model.upper_limit, config.model.min_pages
            ),
            routes=Routes({name: section.match for name, section in config.routes.items()}),
        )
        return {path: self._policy(common, path, section) for path, section in policies(config)}

    def _policy(self, common: Policy, path: KeyPath, section: PolicySection) -> Policy:
        conditions = self.orders[path] = self._conditions(path, section)
        own = [each for each in conditions if each.rule.own and each.rule.action is Action.ALLOW]
        return replace(
            common,
            name=dotted(path),
            rule_set=self._rule_set(conditions),
            misleads=any(_misleads(each.rule) for each in conditions),
            own_allows=self._rule_set(own),
            limits=in_order(limit for condition in conditions for limit in condition.limits),
        )

    def _rule_set(self, conditions: Sequence[Condition]) -> RuleSet:
        rules = tuple(condition.rule for condition in conditions)
        return RuleSet(
            rules=rules,
            matcher=self.compiler.matcher(conditions, self._ladder),
            verdicts=tuple(map(verdict_of, rules)),
            passed=tuple(map(passed_verdict_of, rules)),
            exceeded={
                (each.rule.ruleset, each.rule.name): each.exceeded for each in conditions if each.exceeded
            },
            watches=any(rule.is_watched for rule in rules),
        )

    def _conditions(self, path: KeyPath, section: PolicySection) -> list[Condition]:
        """Every sound condition of one policy, in order: the operator's own, then those of each import."""
        document = self._sources.document
        found = list(self._checked(document, (*path, "rules"), section.rules, OPERATOR, own=True))
        left_out = set(section.without)
        known: set[str] = set()
        for reference in dict.fromkeys(section.import_):
            read = self._sources.imports[reference]
            if read.file is None:
                return found
            known |= {rule.name for rule in read.file.rules}
            checked = self._checked(read.document, ("rules",), read.file.rules, read.name, own=read.own)
            pack = reference == PACK
            found += [
                each
                for each in checked
                if each.rule.name not in left_out and not (pack and not section.ai.in_force(each.rule.name))
            ]
        for place, name in enumerate(section.without):
            if name not in known:
                message = f"no imported rule has this name{did_you_mean(name, known)}"
                self._fault(document, (*path, "without", place), message)
        return found

    def _checked(
        self, document: Document, path: KeyPath, sections: Sequence[RuleSection], ruleset: str, *, own: bool
    ) -> Iterator[Condition]:
        names: set[str] = set()
        for place, section in enumerate(sections):
            at = (*path, place)
            key = (document.file, at)
            if key not in self._seen:
                if section.name in names:
                    self._fault(document, (*at, "name"), "an earlier rule of this list has this name")
                self._seen[key] = self._condition(document, at, section, ruleset, own=own)
            names.add(section.name)
            if section.ask and section.action not in ASKING:
                self._fault(document, (*at, "ask"), f"{section.action} asks nothing; leave this out")
            if section.ask in CAPTCHAS and section.ask not in self._config.challenge.captcha:
                self._fault(document, (*at, "ask"), f"there is no challenge.captcha.{section.ask}")
            condition = self._seen[key]
            if condition is not None:
                yield condition

    def _condition(
        self, document: Document, at: KeyPath, section: RuleSection, ruleset: str, *, own: bool
    ) -> Condition | None:
        rule = rule_of(section, ruleset, own=own)
        try:
            written = self.compiler.condition(replace(rule, when=section.when))
        except CelFaults as found:
            for fault in found.faults:
                place = place_in_rule(document, (*at, "when"), fault.line, fault.column)
                self._sources.faults.append(Fault(place, dotted((*at, "when")), fault.message))
            return None
        if section.limit is None:
            return written
        try:
            return self.compiler.condition(rule)
        except CelFaults as found:  # a limit can be wrong in its route alone
            self._fault(document, (*at, "limit"), found.faults[0].message)
            return None

    def _networks(self) -> dict[str, Networks]:
        """Every named list; one of the operator's stands in for an imported one of the same name."""
        lists: dict[str, list[str]] = {}
        for read in self._sources.imports.values():
            if read.file is not None:
                lists |= read.file.networks
        return {name: Networks(cidrs) for name, cidrs in (lists | self._config.networks).items()}

    def _check_evidence(self) -> None:
        known = (*EVIDENCE[:-1], "prior")
        for name in self._config.evidence:
            if name not in known:
                document = self._sources.document
                place = document.key_place(("evidence", name))
                message = f"there is no such evidence{did_you_mean(name, known)}"
                self._sources.faults.append(Fault(place, f"evidence.{name}", message))

    def _model(self) -> Model | None:
        text = self._sources.model
        if text is None:
            return None
        try:
            return usable(text.encode("utf-8", "surrogatepass"))
        except BundleFault as fault:
            self._fault(self._sources.document, ("model", "path"), f"not a usable model: {fault}")
            return None

    def _fault(self, document: Document, path: KeyPath, message: str) -> None:
        self._sources.faults.append(Fault(document.place(path), dotted(path), message))


def condition_of(section: RuleSection) -> str:
    """The whole condition: what is written out, and what the limit stands for."""
    if section.limit is None:
        return section.when
    limit = section.limit.condition
    return limit if section.when == ALWAYS else f"({section.when}) && ({limit})"


def rule_of(section: RuleSection, ruleset: str, *, own: bool) -> Rule:
    """The rule as it will appear in events."""
    return Rule(
        name=section.name,
        when=condition_of(section),
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


def _misleads(rule: Rule) -> bool:
    return rule.action is Action.DECOY and rule.mode is Mode.ENFORCE
