"""From Request to Decision to reply: every request passes here, step by step."""

import time
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter_ns

from config.allowed import allowed_by_order
from config.decision import Action, Band, Decision, Mode
from config.judge import assessment_of, judge
from config.settings import Config, Site
from detectors.behaviour.client import TRAP
from detectors.behaviour.step import PAGE, step_of
from detectors.behaviour.usual import SOME_PAGES
from detectors.identity.bot_claim import NO_CLAIM
from detectors.identity.proof import NO_PROOF
from detectors.path import OWN_PREFIX
from detectors.request import UNKNOWN_NETWORK
from detectors.visit import Level, Visit
from proxy.account import without_account
from proxy.carry_out import CarryOut
from proxy.decoy import LED_ON, led_on
from proxy.exchange import Exchange
from proxy.faults import ClientFault, UpstreamFault
from proxy.http1.request_head import RequestHead
from proxy.http1.response_head import ResponseHead
from proxy.ledger import Ledger
from proxy.logs import logger
from proxy.own_cookies import OwnCookies
from proxy.own_paths import OwnPaths
from proxy.recall import LOOKS_LIKE_A_PART, Recall
from proxy.request_facts import request_of
from proxy.sender import Sender
from proxy.services import Services
from proxy.sites import Sites

ALLOW, NOTHING_PROVEN, ALLOW_ALL = Action.ALLOW, Level.NONE, Mode.ALLOW_ALL
IN_DOUBT = frozenset((Band.ELEVATED, Band.HIGH, Band.CERTAIN))
MAX_SENDERS = 16  # peers of one block of fields: a bare `GET / HTTP/1.1` comes from everywhere
UNJUDGED = Decision(
    action=Action.ALLOW,
    would_action=Action.ALLOW,
    mode=Mode.ENFORCE,
    rule="failed-open",
    ruleset="(stile)/own",
    category="",
    reason="the judgement failed, so the request was let pass",
    risk=None,
    band=None,
    evidence=(),
    bot=NO_CLAIM,
    fingerprint="",
)


class Gate:
    """One worker's gate. What it needs from others (store, log, keys, pools) stands in `services`."""

    def __init__(self, config: Config, services: Services) -> None:
        self.services = services
        self.recall = Recall(services)
        self.ledger = Ledger(services)
        self.carry_out = CarryOut(services)
        self.own_paths = OwnPaths(services, self.carry_out)
        self.own_cookies = OwnCookies(services, self.recall)
        self.reload(config)

    def reload(self, config: Config) -> None:
        """Judge by a new configuration from the next request on."""
        self.config = config
        self.sites = Sites(config.sites)
        self.services.reload(config)
        self.ledger.reload(config)

    def receive(self, exchange: Exchange) -> None:
        """A head was read: recall its sender, then decide."""
        now = exchange.started_s = _now()
        exchange.id = self.services.ids.next(now)
        try:
            visit = self._recognise(exchange, now)
            if not self._all_may_pass(exchange):
                if not (visit.ip.known and visit.session.known):
                    self._wait_for_store(exchange, visit)
                self._prove(exchange, visit)
            if exchange.waiting == 0:
                self._decide(exchange)
        except ClientFault as fault:
            self.refuse(exchange, fault)
        except Exception as error:  # noqa: BLE001  no fault of ours may take the storefront down
            self.own_fault(exchange, error)

    def _recognise(self, exchange: Exchange, now: float) -> Visit:
        """Who asks for what, already counted."""
        head, connection = exchange.head, exchange.downstream
        assert head is not None  # noqa: S101  refused heads never come here
        block, recall, store = head.block, self.recall, self.services.store
        site = self._site_of(exchange, head)
        sender: Sender | None = block.senders.get(connection.sent_by)
        if sender is None or not sender.fits(site, connection.server.trust, now):
            sender = recall.sender_of(head, site, connection, now)
            if len(block.senders) >= MAX_SENDERS:
                block.senders.clear()
            block.senders[connection.sent_by] = sender
        ip, session = recall.ip_of(sender, now), recall.session_of(sender, now)
        policy, address, held = site.policy, sender.address, sender.held
        network = ip.network or UNKNOWN_NETWORK
        tls = connection.tls if sender.tls is None else sender.tls
        request = request_of(head, address, sender.scheme, now, tls, network, policy.routes)
        robots = self.services.robots
        if robots.traps is not None and robots.traps.hold(site.name, request.path, now):
            request = replace(request, route=TRAP)
        exchange.request = request
        exchange.sender = sender
        sighting = sender.sighting(policy.inspector, request, block.host)
        visit = exchange.visit = Visit(
            request,
            ip,
            session,
            NOTHING_PROVEN if held is None else held.level,
            store.ban_for(address, sender.session_id),
            store.degraded,
            step_of(request),
            sighting,
            NO_PROOF,
            robots.forbids(request, site, sighting, session),
            recall.usual_on(site).unlike(session) if session.pages > SOME_PAGES else "",
        )
        recall.count(visit, sender)
        return visit

    def _site_of(self, exchange: Exchange, head: RequestHead) -> Site:
        """Whose request this is. Raises ClientFault for nobody's, and for a body too large for the site."""
        site = self.sites.of(head.host)
        if site is None:
            raise ClientFault(421, "no such site", "no site has this host")
        exchange.site = site
        most, length = site.max_body_bytes, head.block.length
        if length and most is not None and length > most:
            raise ClientFault(413, "request body too large")
        return site

    def _wait_for_store(self, exchange: Exchange, visit: Visit) -> None:
        started = perf_counter_ns()
        expected = 2

        def ready() -> None:
            exchange.waiting -= 1
            if exchange.waiting == 0:
                exchange.state_ns = perf_counter_ns() - started
                if armed and not exchange.ended:
                    self.go_on(exchange, lambda: self._decide(exchange))

        armed = False
        exchange.waiting = expected
        loading = self.recall.load((visit.ip, visit.session), ready)
        exchange.waiting -= expected - loading
        armed = True

    def _prove(self, exchange: Exchange, visit: Visit) -> None:
        """Who claims to be a bot, or signs, may prove it; the host name is waited for briefly."""
        sighting, fields = visit.sighting, visit.request.fields
        if (sighting is None or sighting.claim is NO_CLAIM) and b"signature-input" not in fields:
            return
        verifier, head, site = self.services.verifier, exchange.head, exchange.site
        assert head is not None  # noqa: S101
        assert site is not None  # noqa: S101

        def ready() -> None:
            exchange.waiting -= 1
            if not exchange.ended and exchange.visit is not None:
                exchange.visit = verifier.proven(exchange.visit, head.authority)
                if exchange.waiting == 0:
                    self.go_on(exchange, lambda: self._decide(exchange))

        exchange.visit = visit = verifier.proven(visit, head.authority)
        exchange.waiting += verifier.ask(visit, site.policy.inspector, ready)

    def go_on(self, exchange: Exchange, step: Callable[[], None]) -> None:
        """Take up a request that had to wait, for others or for its own body."""
        try:
            step()
        except Exception as error:  # noqa: BLE001  the same border as in `receive`, for requests that waited
            self.own_fault(exchange, error)

    def _all_may_pass(self, exchange: Exchange) -> bool:
        """True where an operator has ordered that every request passes, whoever sends it."""
        site, store = exchange.site, self.services.store
        if not store.orders.modes or site is None:
            return False
        return store.allowed_until(site.name) > 0.0

    def _decide(self, exchange: Exchange) -> None:
        visit, site = exchange.visit, exchange.site
        assert visit is not None  # noqa: S101
        assert site is not None  # noqa: S101
        if visit.request.path.startswith(OWN_PREFIX):
            self.own_paths.answer(exchange, visit, site)
            return
        started = perf_counter_ns()
        mode = self.services.store.mode_of(site.name, site.mode)
        if mode is ALLOW_ALL:
            exchange.decision = decision = allowed_by_order(self.services.store.allowed_until(site.name))
            self.carry_out(exchange, visit, decision, site)
            return
        decision = judge(visit, site.policy, mode, visit.request.arrived)
        if site.policy.misleads and decision.action in LED_ON and visit.clearance is NOTHING_PROVEN:
            decision = led_on(decision, self.services.maze.holds(site.name, visit.request.path))
        exchange.decision = decision
        if visit.tells_more:
            visit.session.assessment = assessment_of(visit, decision)
            if decision.margin is not None:
                self.services.watch.note(visit, decision, site.policy)
            if decision.band in IN_DOUBT:
                self.recall.share(visit)  # what other workers saw may clear it up before the next page
        if decision.would_action is not ALLOW:
            self.recall.watch(visit)
        exchange.judge_ns = perf_counter_ns() - started
        self.carry_out(exchange, visit, decision, site)

    # what happens to answers

    def answer_lines(self, exchange: Exchange, head: ResponseHead) -> bytes:
        """Header lines that we add to a storefront's answer."""
        visit = exchange.visit
        if head.html and head.status == 200 and visit is not None:
            visit = self._turned(exchange, visit)
        lines = b"Via: 1.1 stile\r\nStile-Decision-Id: %b\r\n" % exchange.id.encode("ascii")
        if exchange.decision is not None and exchange.decision.action is Action.DECOY:
            lines += b"Stile-Mitigated: decoy\r\n"
        return lines + self.own_cookies.lines(exchange, head)

    def _turned(self, exchange: Exchange, visit: Visit) -> Visit:
        """The visit, where only the answer shows that it was to a page: counted so once the answer ends."""
        step = visit.step
        if step is not None and step.kind not in LOOKS_LIKE_A_PART:
            return visit
        exchange.turned = True
        exchange.visit = visit = visit if step is None else replace(visit, step=replace(step, kind=PAGE))
        return visit

    def passed_on(self, exchange: Exchange, head: ResponseHead) -> bytes:
        """The storefront's header lines without the one that names the account, which is for us alone."""
        site = exchange.site
        if site is None or site.account is None or not site.account.response_header:
            return head.lines
        return without_account(head.lines, site.account.response_header)

    def upstream_failed(self, exchange: Exchange, fault: UpstreamFault) -> None:
        """The storefront does not answer: say so in our own words."""
        visit, site, decision = exchange.visit, exchange.site, exchange.decision
        if visit and site and decision and decision.action is Action.DECOY:
            self.carry_out.maze(exchange, visit, site)
            return
        if exchange.request is not None and exchange.site is not None:
            robots = self.services.robots.instead(exchange.request, exchange.site)
            if robots is not None:
                self.carry_out.reply(exchange, robots)
                return
        self.carry_out.refusal(exchange, fault.status, retry_after_s=5 if fault.status == 503 else None)

    def refuse(self, exchange: Exchange, fault: ClientFault) -> None:
        """The request broke the protocol or a limit."""
        if not exchange.id:
            exchange.started_s = _now()
            exchange.id = self.services.ids.next(exchange.started_s)
        exchange.refused = fault.private
        exchange.keep_alive = False
        self.carry_out.refusal(exchange, fault.status, title=fault.public)

    def own_fault(self, exchange: Exchange, error: BaseException | None) -> None:
        """Something of ours failed: the request goes on unjudged where it can, and the event says so."""
        reason = f"{type(error).__name__}: {error}"
        logger().error("gate.failed", error=reason, decision_id=exchange.id)
        exchange.faults += (f"gate: {reason}",)
        if exchange.ended:
            return
        try:
            self._go_on_unjudged(exchange)
        except Exception as second:  # noqa: BLE001  whatever happens, the exchange ends
            logger().error("gate.failed", error=f"{type(second).__name__}: {second}", decision_id=exchange.id)
            exchange.cancel()
            exchange.downstream.transport.abort()

    def _go_on_unjudged(self, exchange: Exchange) -> None:
        visit, site = exchange.visit, exchange.site
        if exchange.status:
            exchange.cancel()
            exchange.downstream.transport.abort()
        elif (
            visit is None
            or site is None
            or exchange.forwarded_ns
            or visit.request.path.startswith(OWN_PREFIX)
        ):
            exchange.abandon_upstream()
            self.carry_out.refusal(exchange, 500)
        else:
            exchange.decision = UNJUDGED
            self.carry_out.forward(exchange, visit, UNJUDGED, site)

    def ended(self, exchange: Exchange) -> None:
        """The one event of this request."""
        visit = exchange.visit
        if visit is not None and exchange.turned:
            self.recall.count_page(visit)
        if visit is not None and exchange.upstream_ns and exchange.status:
            self.recall.count_answer(visit, exchange.status, exchange.sent)
            self._learn(exchange, visit)
        self.ledger.write(exchange)

    def _learn(self, exchange: Exchange, visit: Visit) -> None:
        """What a page that was let pass teaches about what is usual."""
        step, decision, site = visit.step, exchange.decision, exchange.site
        if step is None or step.kind is not PAGE or exchange.turned or decision is None or site is None:
            return
        usual = self.recall.usual_on(site)
        usual.observe(visit.session, step, visit.request.route, teaches=not decision.accuses)

    def tidy(self, now: float) -> None:
        """Let silent clients rest, and let go of storefront connections that nobody used for a while."""
        self.recall.rest(time.time())
        self.services.close_idle(now)


def _now() -> float:
    """Unix seconds in whole microseconds, as events have them: a replay meets the very same moments."""
    return time.time_ns() // 1000 / 1e6
