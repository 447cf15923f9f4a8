"""Rules from several files become one ordered policy; each condition is checked against all that it names."""

from collections.abc import Sequence
from dataclasses import replace

from config.ai import PACK
from config.bands import Bands
from config.build_rules import RuleReader
from config.bundles import usable
from config.cel.limits import in_order
from config.cel.rules import Condition
from config.challenges import ladder_of
from config.decision import Action, Mode
from config.fault import Fault, did_you_mean, dotted
from config.policy import ModelLimits, Models, Policy, RuleSet, Seat
from config.routes import Routes
from config.rule import Rule, passed_verdict_of, verdict_of
from config.schema import ConfigDocument, PolicySection
from config.sources import EVIDENCE, Sources, policies
from config.yaml_tree import Document
from config.yaml_tree import Path as KeyPath
from detectors.inspection import Inspector
from detectors.model.bundle import BundleFault, Model

PRIOR = -3.0  # 4.7 of 100: where a request starts of which nothing is known
OPERATOR, ROUTES = "operator", "routes"


class PolicyBuilder:
    """Builds every policy of one configuration; they share detectors, routes, bands and model."""

    def __init__(self, sources: Sources, config: ConfigDocument) -> None:
        self._sources = sources
        self._config = config
        self.rules = RuleReader(sources, config)
        self._ladder = ladder_of(config.challenge.ladder)
        self.orders: dict[KeyPath, list[Condition]] = {}  # what each policy asks, for `stile check`

    def build(self) -> dict[KeyPath, Policy]:
        """Every policy by the path of its key; what is wrong is added to the faults."""
        config, bands = self._config, self._config.bands
        self._check_evidence()
        if config.policy.inherit:
            self._fault(self._sources.document, ("policy", "inherit"), "goes into the policy of a site")
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
            matcher=self.rules.compiler.matcher(conditions, self._ladder),
            verdicts=tuple(map(verdict_of, rules)),
            passed=tuple(map(passed_verdict_of, rules)),
            exceeded={
                (each.rule.ruleset, each.rule.name): each.exceeded for each in conditions if each.exceeded
            },
            watches=any(rule.is_watched for rule in rules),
        )

    def _conditions(self, path: KeyPath, section: PolicySection) -> list[Condition]:
        """Every sound condition of one policy, in order: routes', the operator's own, those of imports."""
        document, common = self._sources.document, self._config.policy
        inherits = section.inherit and section is not common
        found: list[Condition] = []
        for name, route in self._config.routes.items():
            at = ("routes", name, "rules")
            ruleset = f"{ROUTES}.{name}"
            found += self.rules.conditions(document, at, route.rules, ruleset, own=True, route=name)
        found += self.rules.conditions(document, (*path, "rules"), section.rules, OPERATOR, own=True)
        if inherits:
            found += self.rules.conditions(document, ("policy", "rules"), common.rules, OPERATOR, own=True)
        left_out = {*section.without, *(common.without if inherits else ())}
        ai = section.ai if "ai" in section.model_fields_set or not inherits else common.ai
        known: set[str] = set()
        for reference in _imports(section, common if inherits else None):
            read = self._sources.imports[reference]
            if read.file is None:
                return found
            known |= {rule.name for rule in read.file.rules}
            pack = reference == PACK
            imported = self.rules.conditions(
                read.document, ("rules",), read.file.rules, read.name, own=read.own
            )
            found += [
                each
                for each in imported
                if each.rule.name not in left_out and not (pack and not ai.in_force(each.rule.name))
            ]
        for place, name in enumerate(section.without):
            if name not in known:
                message = f"no imported rule has this name{did_you_mean(name, known)}"
                self._fault(document, (*path, "without", place), message)
        return found

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


def _imports(section: PolicySection, inherited: PolicySection | None) -> dict[str, None]:
    """The files of a policy, each once; where it inherits, its own are those that it names."""
    own = section.import_ if inherited is None or "import_" in section.model_fields_set else []
    return dict.fromkeys([*own, *(inherited.import_ if inherited else ())])


def _misleads(rule: Rule) -> bool:
    return rule.action is Action.DECOY and rule.mode is Mode.ENFORCE
