"""One shard of a log before one court or two: what a client did is remembered here, and nowhere else."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from analysis.records import Record
from analysis.replaying.clients import LOGGED_IN, MAX_COUNTED, PURCHASE_ROUTES, PURCHASING, Clients
from analysis.replaying.court import MAX_ASSESSMENTS, Court, Scales
from analysis.replaying.example import MAX_KINDS, PER_KIND, example_of
from analysis.replaying.memory import MAX_CLIENTS, Memory
from analysis.replaying.onlooker import Onlooker
from analysis.replaying.order import ANSWER, BOTH, JUDGEMENT, Happened, Order
from analysis.replaying.report import Report, Tally
from config.decision import Action, Decision
from config.settings import Config
from detectors.behaviour.client import TRAP
from detectors.value import value
from detectors.visit import Visit

Watch = Callable[[Record, Visit, Decision], None]
ALLOW = Action.ALLOW


@value
class Bounds:
    """The most that one trial remembers; `sharded` where it is one of many, each of an access log."""

    clients: int = MAX_CLIENTS
    assessments: int = MAX_ASSESSMENTS
    counted: int = MAX_COUNTED
    sharded: bool = False


class Trial:
    """Records in the order of their lines go in, and one report comes out."""

    def __init__(
        self,
        before: Config,
        after: Config | None = None,
        watch: Watch | None = None,
        bounds: Bounds | None = None,
        purchase_routes: frozenset[str] = PURCHASE_ROUTES,
        onlookers: list[Onlooker] | None = None,
    ) -> None:
        onlookers = [] if onlookers is None else onlookers
        bounds = bounds or Bounds()
        self.report = Report(after=None if after is None else Tally())
        self._watch = watch
        self._purchase_routes = purchase_routes
        most, scales = bounds.assessments, Scales()
        self._old = Court(before, onlookers, most, scales=scales, reasons=watch is not None)
        self._new = None if after is None else Court(after, onlookers, most, scales=scales)
        crowds = not bounds.sharded or any(court.asks_for_crowds for court in self._courts())
        self._memory = Memory(bounds.clients, crowds=crowds)
        self._clients = Clients(bounds.counted, purchase_routes)
        self._order = Order()
        self._under_way: dict[int, tuple[Visit, Decision | None]] = {}

    def take(self, number: int, record: Record) -> None:
        """The record of line `number`."""
        happened = self._order.push(number, record)
        if happened:
            self._go_through(happened)

    def finish(self) -> Report:
        """What was found, once all records are in."""
        self._go_through(self._order.rest())
        self._clients.count(self.report)
        return self.report

    def _go_through(self, happened: list[Happened]) -> None:
        for _, number, moment, record in happened:
            if moment is BOTH:
                visit = self._arrived(record)
                if visit is not None:
                    self._answered(record, visit, self._judged(number, record, visit))
            elif moment is ANSWER:
                if number in self._under_way:
                    self._answered(record, *self._under_way.pop(number))
            elif moment is JUDGEMENT:
                if number in self._under_way:
                    visit, _ = self._under_way[number]
                    self._under_way[number] = visit, self._judged(number, record, visit)
            else:
                visit = self._arrived(record)
                if visit is not None:
                    decision = None if record.waited_s else self._judged(number, record, visit)
                    self._under_way[number] = visit, decision

    def _arrived(self, record: Record) -> Visit | None:
        """The counted visit; None where it was nobody's."""
        report, visit = self.report, self._visit(record)
        if visit is None:
            report.nobodys += record.counted
            report.unjudged += not record.counted
        return visit

    def _judged(self, number: int, record: Record, visit: Visit) -> Decision | None:
        """What is decided about a visit by what is known at this moment; None for what nobody judges."""
        report = self.report
        if not record.judged:
            report.unjudged += 1
            return None
        was = self._old.decide(record, visit)
        assert was is not None  # noqa: S101  the visit has a site
        if self._watch is not None:
            self._watch(record, visit, was)
        report.judged += 1
        report.before.add(was)
        now = None if self._new is None else self._compare(record, visit, was)
        self._clients.mark(report, record, visit, was, now)
        if was.would_action is not ALLOW or (now is not None and now.would_action is not ALLOW):
            self._note_hit(number, record, visit, was, now)
        return was

    def _visit(self, record: Record) -> Visit | None:
        """The counted visit; None where no site of ours was meant, or the request broke the protocol."""
        request = record.request
        site = self._old.site_of(request.host)
        if site is None or not record.counted:
            return None
        if request.route != TRAP:  # where traps were, only the gateway knew
            route = site.policy.routes.route_of(request.method, request.path)
            if route != request.route:
                request = replace(request, route=route)
        return self._memory.visit(record, request, site.name)

    def _compare(self, record: Record, visit: Visit, was: Decision) -> Decision | None:
        court, report = self._new, self.report
        if court is None or report.after is None:
            return None
        now = court.decide(record, _rerouted(visit, court))
        if now is None:
            return None
        report.after.add(now)
        if now.would_action is not was.would_action:
            request = visit.request
            report.flip(was, now, request.route, request.network.country, request.network.asn)
        return now

    def _note_hit(
        self, number: int, record: Record, visit: Visit, was: Decision, now: Decision | None
    ) -> None:
        """A request that one of the two does not let through: whose it was, and perhaps an example."""
        report = self.report
        groups = [LOGGED_IN] if record.account else []
        if visit.request.route in self._purchase_routes:
            groups.append(PURCHASING)
        for who in groups:
            for tally, decision in ((report.before, was), (report.after, now)):
                if tally is not None and decision is not None and decision.would_action is not ALLOW:
                    tally.known[who, decision.would_action] += 1
        judged, court = (was, self._old) if now is None else (now, self._new)
        if court is None or (now is not None and now.would_action is was.would_action):
            return
        kind = str(was.would_action), str(judged.would_action), judged.rule or was.rule
        known = report.examples.setdefault(kind, []) if len(report.examples) < MAX_KINDS else []
        address = visit.request.address
        if len(known) >= PER_KIND or any(example.client == address for example in known):
            return
        site = court.site_of(visit.request.host)
        if site is not None:
            known.append(example_of(number, visit, was, judged, site.policy))

    def _answered(self, record: Record, visit: Visit, decision: Decision | None) -> None:
        self._memory.answer(record, visit)
        if decision is not None and record.forwarded:
            self._memory.learn(visit, teaches=not decision.accuses)
        if record.turned:
            for court in self._courts():
                court.forget(visit)

    def _courts(self) -> list[Court]:
        return [self._old] if self._new is None else [self._old, self._new]


def replay_records(
    records: Iterable[Record], before: Config, after: Config | None = None, watch: Watch | None = None
) -> Report:
    """Judge records from anywhere, in one shard; `watch` is shown every judgement of `before`."""
    trial = Trial(before, after, watch)
    for number, record in enumerate(records):
        trial.take(number, record)
    return trial.finish()


def _rerouted(visit: Visit, court: Court) -> Visit:
    request = visit.request
    site = court.site_of(request.host)
    if site is None or request.route == TRAP:
        return visit
    route = site.policy.routes.route_of(request.method, request.path)
    return visit if route == request.route else replace(visit, request=replace(request, route=route))
