"""From Request to Decision to reply: every request passes here, step by step."""

import time
from time import perf_counter_ns

from config.decision import Action, Decision, Mode
from config.judge import judge
from config.settings import Config, Site
from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.identity.bot_claim import NO_CLAIM
from detectors.request import Request
from detectors.visit import Level, Visit
from proxy.carry_out import CarryOut
from proxy.exchange import Exchange
from proxy.faults import ClientFault, UpstreamFault
from proxy.http1.response_head import ResponseHead
from proxy.ledger import Ledger
from proxy.logs import logger
from proxy.own_paths import PREFIX, OwnPaths
from proxy.recall import Recall, note_answer, note_route
from proxy.request_facts import client_address, client_scheme, request_of
from proxy.services import Services
from proxy.sites import Sites
from proxy.state.keys import ip_key

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
        self.recall = Recall(services.table, services.store, services.sessions)
        self.ledger = Ledger(services)
        self.carry_out = CarryOut(services)
        self.own_paths = OwnPaths(services, self.carry_out)
        self.reload(config)

    def reload(self, config: Config) -> None:
        """Judge by a new configuration from the next request on."""
        self.config = config
        self.sites = Sites(config.sites)
        self.services.reload(config)
        self.ledger.reload(config)

    def receive(self, exchange: Exchange) -> None:
        """A head was read: recall its sender, then decide."""
        now = exchange.started_s = time.time()
        exchange.id = self.services.ids.next(now)
        try:
            self._recognise(exchange, now)
            if exchange.waiting == 0:
                self._decide(exchange)
        except ClientFault as fault:
            self.refuse(exchange, fault)
        except Exception as error:  # noqa: BLE001  no fault of ours may take the storefront down
            self.own_fault(exchange, error)

    def _recognise(self, exchange: Exchange, now: float) -> None:
        head, connection = exchange.head, exchange.downstream
        assert head is not None  # noqa: S101  refused heads never come here
        site = self.sites.of(head.host)
        if site is None:
            raise ClientFault(421, "no such site", "no site has this host")
        exchange.site = site
        trust = connection.server.trust
        address = client_address(head, trust, connection.peer, trusted=connection.trusted)
        scheme = client_scheme(head, trusted=connection.trusted, scheme=connection.scheme)
        ip = self.recall.client(ip_key(address, site.name), now)
        if ip.network is None:
            ip.network = self.services.geo.network_of(address)
        routes = site.policy.routes
        exchange.request = request = request_of(
            head, address, scheme, now, connection.tls, ip.network, routes
        )
        if site.max_body_bytes is not None and head.length is not None and head.length > site.max_body_bytes:
            raise ClientFault(413, "request body too large")
        self._remember(exchange, request, site, ip)

    def _remember(self, exchange: Exchange, request: Request, site: Site, ip: Client) -> None:
        services, now = self.services, request.arrived
        has_cookie = b"cookie" in request.fields
        key, returned = self.recall.session_of(request, site.name)
        session = self.recall.client(key, now)
        exchange.session_fresh = not returned
        exchange.step = step_of(request)
        self.recall.count((ip, session), exchange.step, now)
        note_route(request, session)
        held = services.clearances.held(request, site.name, now) if has_cookie else None
        exchange.visit = Visit(
            request,
            ip,
            session,
            held.level if held is not None else Level.NONE,
            services.store.ban_for(request.address, session.key),
            services.store.degraded,
        )
        if not (ip.known and session.known):
            self._wait_for_store(exchange)

    def _wait_for_store(self, exchange: Exchange) -> None:
        visit = exchange.visit
        assert visit is not None  # noqa: S101
        started = perf_counter_ns()
        expected = 2

        def ready() -> None:
            exchange.waiting -= 1
            if exchange.waiting == 0:
                exchange.state_ns = perf_counter_ns() - started
                if armed and not exchange.ended:
                    self._resume(exchange)

        armed = False
        exchange.waiting = expected
        loading = self.recall.load((visit.ip, visit.session), ready)
        exchange.waiting -= expected - loading
        armed = True

    def _resume(self, exchange: Exchange) -> None:
        try:
            self._decide(exchange)
        except Exception as error:  # noqa: BLE001  the same border as in `receive`, for requests that waited
            self.own_fault(exchange, error)

    def _decide(self, exchange: Exchange) -> None:
        visit, site = exchange.visit, exchange.site
        assert visit is not None  # noqa: S101
        assert site is not None  # noqa: S101
        if visit.request.path.startswith(PREFIX):
            self.own_paths.answer(exchange, visit, site)
            return
        started = perf_counter_ns()
        mode = self.services.store.mode_of(site.name, site.mode)
        decision = judge(visit, site.policy, mode, visit.request.arrived)
        exchange.decision = decision
        exchange.judge_ns = perf_counter_ns() - started
        self.carry_out(exchange, visit, decision, site)

    # what happens to answers

    def answer_lines(self, exchange: Exchange, head: ResponseHead) -> bytes:
        """Header lines that we add to a storefront's answer."""
        lines = b"Via: 1.1 stile\r\nStile-Decision-Id: %b\r\n" % exchange.id.encode("ascii")
        if exchange.session_fresh and head.html and head.status == 200:
            lines += self.carry_out.session_line(exchange)
        return lines

    def upstream_failed(self, exchange: Exchange, fault: UpstreamFault) -> None:
        """The storefront does not answer: say so in our own words."""
        self.carry_out.refusal(exchange, fault.status, retry_after_s=5 if fault.status == 503 else None)

    def refuse(self, exchange: Exchange, fault: ClientFault) -> None:
        """The request broke the protocol or a limit."""
        if not exchange.id:
            exchange.started_s = time.time()
            exchange.id = self.services.ids.next(exchange.started_s)
        exchange.refused = fault.private
        exchange.keep_alive = False
        self.carry_out.refusal(exchange, fault.status, title=fault.public)

    def own_fault(self, exchange: Exchange, error: BaseException | None) -> None:
        """Something of ours failed: the request goes on unjudged where it can, and the event says so."""
        reason = f"{type(error).__name__}: {error}"
        logger().error("gate.failed", error=reason, decision_id=exchange.id)
        exchange.faults += (f"gate: {reason}",)
        if exchange.ended or exchange.status or exchange.upstream_ns:
            return
        visit, site = exchange.visit, exchange.site
        if visit is None or site is None or visit.request.path.startswith(PREFIX):
            self.carry_out.refusal(exchange, 500)
            return
        exchange.decision = UNJUDGED
        self.carry_out.forward(exchange, visit, UNJUDGED, site)

    def ended(self, exchange: Exchange) -> None:
        """The one event of this request."""
        visit, step = exchange.visit, exchange.step
        if visit is not None and step is not None and exchange.upstream_ns and exchange.status:
            visit.ip.respond(exchange.status, exchange.sent, step)
            visit.session.respond(exchange.status, exchange.sent, step)
            note_answer(visit.request, visit.session, exchange.status)
        self.ledger.write(exchange)

    def close_idle(self, now: float) -> None:
        """Let go of storefront connections that nobody used for a while."""
        self.services.close_idle(now)
