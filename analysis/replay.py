"""Yesterday's traffic under today's rules: the same judgement as live, over what a log remembers."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.bystander import Bystander, bystander_of, log_inspector_of
from analysis.memory import Memory
from analysis.order import Moment, in_order
from analysis.records import Record, Records
from config.decision import Decision
from config.judge import assessment_of, judge
from config.policy import Policy
from config.settings import Config, Site
from detectors.assessment import Assessment
from detectors.behaviour.client import TRAP
from detectors.value import value
from detectors.visit import Visit

Watch = Callable[[Record, Visit, Decision], None]
EXAMPLES = 10

MAX_ASSESSMENTS = 200_000  # sessions whose last assessment is kept, some 100 MB


@value
class Change:
    """One request that the second configuration decides otherwise."""

    address: str
    method: str
    path: str
    before: str
    after: str
    rule: str
    risk: float | None


@dataclass(slots=True)
class Tally:
    """What one configuration did."""

    actions: Counter[str] = field(default_factory=Counter)
    bands: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    evidence: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, decision: Decision) -> None:
        """Count one decision; what counts is the policy's word, whatever the mode."""
        self.actions[decision.would_action] += 1
        self.bands[decision.band or "not computed"] += 1
        if decision.rule:
            self.rules[decision.rule, decision.would_action] += 1
        self.evidence.update(item.id for item in decision.evidence if item.log_odds)
        self.faults.update(decision.faults)


@dataclass(slots=True)
class Report:
    """What a replay found. `after`, `flips` and `examples` stay empty without a second configuration."""

    before: Tally = field(default_factory=Tally)
    after: Tally | None = None
    lines: int = 0
    malformed: int = 0
    judged: int = 0
    nobodys: int = 0  # requests for hosts of no site
    unjudged: int = 0  # those for Stile's own paths, and those that broke the protocol
    flips: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[Change] = field(default_factory=list)


class Court:
    """One configuration, ready to judge records; it keeps what it thought of each session's last page."""

    def __init__(self, config: Config) -> None:
        self._sites = {host.lower(): site for site in config.sites for host in site.hosts}
        self._first = config.sites[0]
        self._logs: dict[int, Policy] = {}
        self._events: dict[int, tuple[Policy, Bystander]] = {}
        self._assessments: dict[str, Assessment | None] = {}

    def decide(self, record: Record, visit: Visit) -> Decision | None:
        """The decision that live traffic would have met; None for a host of no site."""
        site = self.site_of(visit.request.host)
        if site is None:
            return None
        session, recorded = visit.session, record.recorded
        known = self._assessments.get(session.key)
        session.assessment = known if recorded is None or recorded.recalled else None
        decision = judge(visit, self._policy(site.policy, record, known), site.mode, visit.request.arrived)
        if visit.tells_more:
            if len(self._assessments) >= MAX_ASSESSMENTS:
                self._assessments.clear()
            self._assessments[session.key] = assessment_of(visit, decision)
        return decision

    def forget(self, visit: Visit) -> None:
        """Judge the session's next request anew: an answer showed that it has read one more page."""
        self._assessments.pop(visit.session.key, None)

    def site_of(self, host: str) -> Site | None:
        """The site of a host: its own name, then the nearest wildcard, then the one for all. A log without
        hosts is the first site's."""
        if not host:
            return self._first
        site, rest = self._sites.get(host), host
        while site is None and "." in rest:
            rest = rest.partition(".")[2]
            site = self._sites.get("*." + rest)
        return site or self._sites.get("*")

    def _policy(self, policy: Policy, record: Record, known: Assessment | None) -> Policy:
        if record.recorded is None:
            ours = self._logs.get(id(policy))
            if ours is None:
                ours = self._logs[id(policy)] = replace(policy, inspector=log_inspector_of(policy.inspector))
            return ours
        if id(policy) not in self._events:
            inspector, bystander = bystander_of(policy.inspector)
            self._events[id(policy)] = (replace(policy, inspector=inspector), bystander)
        standing, bystander = self._events[id(policy)]
        bystander.recorded = record.recorded
        bystander.forgets_headers = record.recorded.recalled and known is not None
        return standing


def replay(log: Path, before: Config, after: Config | None = None) -> Report:
    """Judge every record of `log`, a combined-format log or our events, by one configuration or two."""
    records = Records(log)
    report = replay_records(records, before, after)
    report.lines, report.malformed = records.lines, records.malformed
    return report


def replay_records(
    records: Iterable[Record], before: Config, after: Config | None = None, watch: Watch | None = None
) -> Report:
    """The same over records from anywhere; `watch` is shown every judgement of `before`."""
    report = Report(after=None if after is None else Tally())
    memory, old, new = Memory(), Court(before), None if after is None else Court(after)
    under_way: dict[int, tuple[Visit, Decision | None]] = {}
    for number, moment, record in in_order(records):
        if moment is Moment.ANSWER:
            if number in under_way:
                _answered(record, *under_way.pop(number), memory, (old, new))
            continue
        visit = _visit(record, old, memory)
        if visit is None:
            report.nobodys += record.counted
            report.unjudged += not record.counted
            continue
        if not record.judged:
            under_way[number] = visit, None
            report.unjudged += 1
            continue
        decision = old.decide(record, visit)
        assert decision is not None  # noqa: S101  the visit has a site
        under_way[number] = visit, decision
        if watch is not None:
            watch(record, visit, decision)
        report.judged += 1
        report.before.add(decision)
        if new is not None and report.after is not None:
            _compare(report, report.after, visit, decision, new.decide(record, _rerouted(visit, new)))
    return report


def _visit(record: Record, court: Court, memory: Memory) -> Visit | None:
    """The counted visit; None where no site of ours was meant, or the request broke the protocol."""
    request = record.request
    site = court.site_of(request.host)
    if site is None or not record.counted:
        return None
    if request.route != TRAP:  # where traps were, only the gateway knew
        request = replace(request, route=site.policy.routes.route_of(request.method, request.path))
    return memory.visit(record, request, site.name)


def _answered(
    record: Record,
    visit: Visit,
    decision: Decision | None,
    memory: Memory,
    courts: tuple[Court, Court | None],
) -> None:
    memory.answer(record, visit)
    if decision is not None and record.forwarded:
        memory.learn(visit, teaches=not decision.accuses)
    if record.turned:
        for court in courts:
            if court is not None:
                court.forget(visit)


def _rerouted(visit: Visit, court: Court) -> Visit:
    site = court.site_of(visit.request.host)
    if site is None or visit.request.route == TRAP:
        return visit
    route = site.policy.routes.route_of(visit.request.method, visit.request.path)
    return (
        visit if route == visit.request.route else replace(visit, request=replace(visit.request, route=route))
    )


def _compare(report: Report, after: Tally, visit: Visit, was: Decision, now: Decision | None) -> None:
    if now is None:
        return
    after.add(now)
    if now.would_action is was.would_action:
        return
    report.flips[was.would_action, now.would_action] += 1
    request = visit.request
    shown = {example.address for example in report.examples}
    if len(shown) < EXAMPLES and request.address not in shown:
        report.examples.append(
            Change(
                request.address,
                request.method,
                request.path,
                was.would_action,
                now.would_action,
                now.rule or was.rule,
                now.risk,
            )
        )
