"""Yesterday's traffic under today's rules: the same judgement as live, over what a log remembers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.bystander import Bystander, bystander_of, log_inspector_of
from analysis.memory import Memory
from analysis.records import Record, Records
from config.decision import Decision
from config.judge import assessment_of, judge
from config.policy import Policy
from config.settings import Config, Site
from detectors.assessment import Assessment
from detectors.value import value
from detectors.visit import Visit

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
        session = visit.session
        session.assessment = self._assessments.get(session.key)
        decision = judge(visit, self._policy(site.policy, record), site.mode, visit.request.arrived)
        if visit.tells_more:
            if len(self._assessments) >= MAX_ASSESSMENTS:
                self._assessments.clear()
            self._assessments[session.key] = assessment_of(visit, decision)
        return decision

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

    def _policy(self, policy: Policy, record: Record) -> Policy:
        if record.recorded is None:
            known = self._logs.get(id(policy))
            if known is None:
                known = self._logs[id(policy)] = replace(policy, inspector=log_inspector_of(policy.inspector))
            return known
        if id(policy) not in self._events:
            inspector, bystander = bystander_of(policy.inspector)
            self._events[id(policy)] = (replace(policy, inspector=inspector), bystander)
        standing, bystander = self._events[id(policy)]
        bystander.recorded = record.recorded
        return standing


def replay(log: Path, before: Config, after: Config | None = None) -> Report:
    """Judge every record of `log`, a combined-format log or our events, by one configuration or two."""
    records = Records(log)
    report = replay_records(records, before, after)
    report.lines, report.malformed = records.lines, records.malformed
    return report


def replay_records(records: Iterable[Record], before: Config, after: Config | None = None) -> Report:
    """The same over records from anywhere."""
    report = Report(after=None if after is None else Tally())
    memory, old, new = Memory(), Court(before), None if after is None else Court(after)
    for record in records:
        visit = _visit(record, old, memory)
        decision = old.decide(record, visit)
        if decision is None:
            report.nobodys += 1
            continue
        report.judged += 1
        report.before.add(decision)
        if new is not None and report.after is not None:
            _compare(report, report.after, visit, decision, new.decide(record, _rerouted(visit, new)))
        memory.answer(record, visit)
    return report


def _visit(record: Record, court: Court, memory: Memory) -> Visit:
    request = record.request
    site = court.site_of(request.host)
    if site is not None:
        request = replace(request, route=site.policy.routes.route_of(request.method, request.path))
    return memory.visit(record, request)


def _rerouted(visit: Visit, court: Court) -> Visit:
    site = court.site_of(visit.request.host)
    if site is None:
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
