"""The ordered, versioned set of rules, and all that requests are judged with; none of it is read again."""

from collections.abc import Mapping

from config.bands import Bands
from config.cel.limits import Limit
from config.cel.rules import Ladder, Matcher
from config.decision import Verdict
from config.routes import Routes
from config.rule import Rule
from detectors.inspection import Inspector
from detectors.model.bundle import Model
from detectors.value import value


@value
class RuleSet:
    """Rules in order; `verdicts` and `passed` stand at the places that `matcher` returns.

    `watches` is true where some of the rules are only noted for somebody; the matcher is then given a list.
    `exceeded` is what a client exceeds for whom a rule applies, by ruleset and name, where that is one limit.
    """

    rules: tuple[Rule, ...]
    matcher: Matcher
    verdicts: tuple[Verdict, ...]
    passed: tuple[Verdict, ...]
    exceeded: Mapping[tuple[str, str], tuple[Limit, ...]]
    watches: bool = False


@value
class ModelLimits:
    """What the behaviour model may say, in log-odds, and from which page or call of a session on."""

    lower: float
    upper: float
    min_pages: int


@value
class Models:
    """The model that judges, and the one that is only listened to; None where there is none."""

    champion: Model | None = None
    challenger: Model | None = None


class Seat:
    """Where the models of one configuration sit, all its policies sharing one seat.

    The only part of a policy that may change while it is in force: a bundle can be replaced at any moment.
    A judgement reads `models` once, so each request is judged by one model alone.
    """

    __slots__ = ("models",)

    def __init__(self, models: Models) -> None:
        self.models = models


@value
class Policy:
    """How the requests of a site are judged.

    `own_allows` holds the operator's allow rules alone: they are asked again where a client is banned, as an
    allow always beats a ban. `limits` are the rates at which any of the rules draws a line.
    `misleads` is true where a rule leads into the decoy.
    `ladder` says what a challenge begins with, for rules that do not.
    """

    version: str
    name: str
    rule_set: RuleSet
    own_allows: RuleSet
    limits: tuple[Limit, ...]
    ladder: Ladder
    bands: Bands
    prior: float
    inspector: Inspector
    seat: Seat
    model_limits: ModelLimits
    routes: Routes
    misleads: bool = False

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, the operator's first."""
        return self.rule_set.rules

    @property
    def model(self) -> Model | None:
        """The model that judges at the moment."""
        return self.seat.models.champion
