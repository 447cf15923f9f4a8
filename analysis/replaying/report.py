"""What a replay found: counts that add up, so that shards judged apart give one report."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.replaying.example import Example, joined
from config.decision import Action, Decision
from detectors.identity.bot_claim import BotStatus

ALLOW = Action.ALLOW
NO_BAND = "not computed"
LISTED = 5000  # names of one kind that flips are counted by; countries and networks have fewer
REST = "(others)"
KINDS = ("rule", "route", "country", "network", "bot")
Flip = tuple[str, str]


@dataclass(slots=True)
class Tally:
    """What one configuration did. What counts is the policy's word, whatever the mode.

    `decisions` is by action, band and rule; `noted` by rule and action, for rules that only watch; `verified`
    by bot and action, `known` by who was hit (`logged_in`, `purchasing`) and action, both for requests that
    were not allowed. `clients` is by who they are and action, and by `hit` for
    all but allow; `delays` is how many clients met their first
    action so many seconds after they were first seen, to two digits.
    """

    decisions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    evidence: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    noted: Counter[tuple[str, str]] = field(default_factory=Counter)
    verified: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: Counter[tuple[str, str]] = field(default_factory=Counter)
    clients: Counter[tuple[str, str]] = field(default_factory=Counter)
    delays: Counter[int] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one decision."""
        action = decision.would_action
        self.decisions[action, decision.band or NO_BAND, decision.rule] += 1
        evidence = self.evidence
        for item in decision.evidence:
            if item.log_odds:
                evidence[item.id] += 1
        if decision.faults:
            self.faults.update(decision.faults)
        if decision.noted:
            self.noted.update((verdict.rule, str(verdict.action)) for verdict in decision.noted)
        if action is not ALLOW and decision.bot.status is BotStatus.VERIFIED:
            self.verified[decision.bot.name, action] += 1

    @property
    def actions(self) -> Counter[str]:
        """Requests by action."""
        return summed((action, count) for (action, _, _), count in self.decisions.items())

    @property
    def bands(self) -> Counter[str]:
        """Requests by band."""
        return summed((band, count) for (_, band, _), count in self.decisions.items())

    @property
    def rules(self) -> Counter[tuple[str, str]]:
        """Requests by rule and its action."""
        found: Counter[tuple[str, str]] = Counter()
        for (action, _, rule), count in self.decisions.items():
            if rule:
                found[rule, action] += count
        return found


@dataclass(slots=True)
class Report:
    """What a replay found. Without a second configuration `after` is None and nothing flips.

    `population` is how many clients there were, by who they are; `halvings` is how often the sample of them
    was halved (0: each was counted). `flips_by` counts flips by each of `KINDS`, its name, before and after.
    """

    before: Tally = field(default_factory=Tally)
    after: Tally | None = None
    lines: int = 0
    malformed: int = 0
    truncated: int = 0  # compressed files that ended early
    judged: int = 0
    nobodys: int = 0  # requests for hosts of no site
    unjudged: int = 0  # those for Stile's own paths, and those that broke the protocol
    halvings: int = 0
    population: Counter[str] = field(default_factory=Counter)
    flips: Counter[Flip] = field(default_factory=Counter)
    flips_by: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], list[Example]] = field(default_factory=dict)

    @property
    def latest(self) -> Tally:
        """What the configuration in question did: the second one where there are two."""
        return self.before if self.after is None else self.after

    def flip(self, was: Decision, now: Decision, route: str, country: str, number: int) -> None:
        """Count a request that the second configuration decides otherwise."""
        before, after = was.would_action, now.would_action
        self.flips[before, after] += 1
        bot = now.bot.category if now.bot.status is not BotStatus.NONE else ""
        names = (now.rule or was.rule, route, country, f"AS{number}" if number else "", bot)
        for kind, name in zip(KINDS, names, strict=True):
            if name:
                key = kind, name, before, after
                if len(self.flips_by) >= LISTED and key not in self.flips_by:
                    key = kind, REST, before, after
                self.flips_by[key] += 1

    def add(self, other: "Report") -> None:
        """Take in what another shard found."""
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.halvings = max(self.halvings, other.halvings)
        for name in ("population", "flips", "flips_by"):
            getattr(self, name).update(getattr(other, name))
        for kind, examples in other.examples.items():
            self.examples[kind] = joined(self.examples.get(kind, []), examples)
        for ours, theirs in ((self.before, other.before), (self.after, other.after)):
            if ours is not None and theirs is not None:
                for name in TALLIED:
                    getattr(ours, name).update(getattr(theirs, name))


SUMS = ("lines", "malformed", "truncated", "judged", "nobodys", "unjudged")
TALLIED = ("decisions", "evidence", "faults", "noted", "verified", "known", "clients", "delays")


def summed(counts: Iterable[tuple[str, int]]) -> Counter[str]:
    """The sums by name."""
    found: Counter[str] = Counter()
    for name, count in counts:
        found[name] += count
    return found
