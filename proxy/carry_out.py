"""Doing what was decided: forward, ask, slow down or turn away. Nothing here has an opinion."""

import os
from base64 import b64encode
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache

from challenges.cookies import Headers
from challenges.decoy import decoy_reply
from challenges.drip import beginning_of
from challenges.kept import SENDER_FIELDS, Kept
from challenges.refusal import refusal
from challenges.reply import Reply
from challenges.rung import Rung
from config.decision import Action, Decision
from config.quota import UNKNOWN_WAIT_S, exceeded_quota
from config.settings import Site
from detectors.visit import Visit
from proxy.asking import Asking
from proxy.client_address import forwarded_lines
from proxy.exchange import Exchange
from proxy.request_facts import bare_request
from proxy.robots.trap_link import asks_for_page, narrowed
from proxy.services import Services
from proxy.tls.front import without_fields

ALLOW = Action.ALLOW
_UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"


class CarryOut:
    """Acts on decisions, for one worker."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.asking = Asking(services, self.reply)

    def __call__(self, exchange: Exchange, visit: Visit, decision: Decision, site: Site) -> None:
        """Do what `decision` says."""
        action = decision.action
        if action is ALLOW:
            if visit.step is not None and visit.step.is_robots:
                self.robots(exchange, visit, decision, site)
            else:
                self.forward(exchange, visit, decision, site)
        elif action is Action.CHALLENGE:
            self.asking(exchange, visit, site, decision.ask or Rung.POW)
        elif action is Action.THROTTLE:
            self.throttle(exchange, visit, decision, site)
        elif action is Action.TARPIT:
            self.tarpit(exchange, visit)
        elif action is Action.DECOY:
            self.decoy(exchange, visit, decision, site)
        else:
            self.refusal(exchange, 403, mitigated=action)

    def robots(self, exchange: Exchange, visit: Visit, decision: Decision, site: Site) -> None:
        """Say what crawlers may do, or let the storefront say it."""
        robots = self.services.robots
        if robots.is_ours(visit.request):
            exchange.work(self._robots(exchange, visit, site))
        else:
            robots.read_by(visit.request, site, visit.session)
            self.forward(exchange, visit, decision, site)

    async def _robots(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        reply = await self.services.robots.reply(visit.request, site, visit.session)
        if not exchange.ended:
            self.reply(exchange, reply)

    def forward(self, exchange: Exchange, visit: Visit, decision: Decision, site: Site) -> None:
        """Pass the request on; where it holds a form that was kept in our page, that form."""
        if visit.request.method == "POST" and self.asking.sends_kept(exchange, visit):
            self.asking.send_on(
                exchange, visit, site, lambda kept: self._forward(exchange, visit, decision, site, kept)
            )
        else:
            self._forward(exchange, visit, decision, site)

    def _forward(
        self, exchange: Exchange, visit: Visit, decision: Decision, site: Site, kept: Kept | None = None
    ) -> None:
        """Pass the request on, with its head built anew."""
        head = exchange.head
        assert head is not None  # noqa: S101  only parsed requests are judged
        block, authority, request = head.block, head.authority, visit.request
        sender = exchange.sender
        if sender is not None and sender.authority == authority:
            forwarded = sender.forwarded
        else:  # the target's authority replaced the one of the fields
            peer = exchange.downstream.peer
            forwarded = forwarded_lines(request.address, peer, authority, request.scheme)
        passed = block.forwarded if sender is None else sender.passed
        if self.services.robots.links and asks_for_page(request, visit.step):
            exchange.link = self.services.robots.link_on(request, site)
            passed = narrowed(passed, request)
        framing = block.framing
        if kept is not None:
            passed = _as_kept(passed, kept)
            framing = b"Content-Length: %d\r\n" % len(kept.body)
        lines = b"%b %b HTTP/1.1\r\nHost: %b\r\n%b%b%bVia: %b stile\r\n%b" % (
            head.method.encode("ascii"),
            head.target,
            authority,
            passed,
            _UPGRADE if block.websocket and head.websocket else framing,
            forwarded,
            b"1.0" if head.http_version == "1.0" else b"1.1",
            _risk_lines(exchange.id, decision, site.upstream_headers),
        )
        exchange.forward(self.services.pool_of(site), lines)

    def throttle(self, exchange: Exchange, visit: Visit, decision: Decision, site: Site) -> None:
        """Turn away for now, and say when to come back."""
        quota = exceeded_quota(decision, site.policy, visit, visit.request.arrived)
        wait_s = UNKNOWN_WAIT_S if quota is None else quota.wait_s
        more = () if quota is None else quota.headers
        self.refusal(exchange, 429, mitigated=Action.THROTTLE, retry_after_s=wait_s, more=more)

    def tarpit(self, exchange: Exchange, visit: Visit) -> None:
        """Hold up, where there is room."""
        tarpit, request, sender = self.services.tarpit, visit.request, exchange.sender
        address = request.address if sender is None else sender.ip_key
        if tarpit.takes(exchange, address):
            beginning = beginning_of(request, exchange.id)
            lines = [*_lines(beginning.headers), _date(int(exchange.started_s))]
            tarpit.hold(exchange, address, beginning, lines)
        else:
            self.refusal(exchange, 403, mitigated=Action.TARPIT)

    def decoy(self, exchange: Exchange, visit: Visit, decision: Decision, site: Site) -> None:
        """Mislead: into the operator's own decoy, or the maze."""
        decoy = self.services.config.mitigation.decoy
        if decoy:
            told = site.upstream_headers | {"decision-id"}
            self.forward(exchange, visit, decision, replace(site, upstreams=decoy, upstream_headers=told))
        else:
            self.maze(exchange, visit, site)

    def maze(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        """A page of the maze, which needs nobody else."""
        self.reply(exchange, decoy_reply(self.services.maze, site.name, visit.request, exchange.id))

    def refusal(
        self,
        exchange: Exchange,
        status: int,
        *,
        mitigated: str = "",
        title: str = "",
        retry_after_s: int | None = None,
        more: Headers = (),
    ) -> None:
        """Turn away, with the decision id and a way back."""
        request = exchange.request or bare_request(exchange.head, exchange.downstream.peer, 0.0)
        reply = refusal(
            status,
            request,
            exchange.id,
            mitigated=mitigated,
            title=title.capitalize(),
            retry_after_s=retry_after_s,
            nonce=page_nonce(),
            look=self.services.config.look if exchange.site is None else exchange.site.look,
        )
        self.reply(exchange, replace(reply, headers=reply.headers + more))

    def reply(self, exchange: Exchange, reply: Reply) -> None:
        """Send an answer of our own."""
        exchange.reply(reply.status, [*_lines(reply.headers), _date(int(exchange.started_s))], reply.body)


def page_nonce() -> str:
    """What a page's own scripts and styles are known by: a new one for every page (CSP 3, section 7.1)."""
    return b64encode(os.urandom(16)).decode("ascii")


def _as_kept(lines: bytes, kept: Kept) -> bytes:
    """The fields for the storefront, with those that a kept form came with."""
    if kept.sender is not None:
        lines = without_fields(lines, SENDER_FIELDS) + kept.sender
    content_type = kept.content_type.encode("latin-1")
    return without_fields(lines, (b"content-type",)) + b"Content-Type: " + content_type + b"\r\n"


def _lines(headers: Headers) -> list[bytes]:
    return [b"%b: %b\r\n" % header for header in headers]


@lru_cache(maxsize=2)
def _date(second: int) -> bytes:
    return f"Date: {formatdate(second, usegmt=True)}\r\n".encode("ascii")


def _risk_lines(decision_id: str, decision: Decision, wanted: frozenset[str]) -> bytes:
    """The last lines of the head, with the empty one. Values are ours or plain names: nothing to escape."""
    risk, band, bot = decision.risk, decision.band, decision.bot
    lines = ""
    if risk is not None and "risk" in wanted:
        lines = f"X-Stile-Risk: {risk}\r\n"
    if band is not None and "band" in wanted:
        lines += f"X-Stile-Band: {band}\r\n"
    if bot.name and "bot" in wanted:
        lines += f"X-Stile-Bot: {bot.name}; status={bot.status}\r\n"
    if "decision-id" in wanted:
        lines += f"X-Stile-Decision-Id: {decision_id}\r\n"
    return f"{lines}\r\n".encode("latin-1", "replace")
