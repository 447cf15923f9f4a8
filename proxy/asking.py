"""Asking a visitor: which rung, what to keep of a form, and how to send it on afterwards."""

import os
from collections.abc import Callable
from dataclasses import replace

from challenges.challenge import Ask, issue
from challenges.failures import failures_of
from challenges.kept import FIELD, MAX_BODY_BYTES, MAX_SENT_BYTES, SENT_AS, Kept, may_be_kept, open_kept
from challenges.page_load import wants_html
from challenges.refusal import challenge_for_programs
from challenges.reply import Reply
from challenges.rung import CAPTCHAS, LEVELS, WITHOUT_SCRIPT, Rung
from challenges.target import safe_target
from challenges.terms import Terms
from challenges.ticket import Ticket
from config.decision import Band
from config.settings import Site
from detectors.visit import Visit
from proxy.collector import Room
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from proxy.exchange import Exchange
from proxy.recall import note
from proxy.services import Services

KEPT_AT_ONCE = 512  # bodies of 64 KB at most: 32 MB for each worker
TRIES = 2  # who failed so often since the last success gets the form: an easier way, and no endless loop
# Bits of work more or less than set: a quarter where little speaks for a bot, four times for a sure one.
EFFORT = {Band.TRUSTED: -2, Band.LOW: -2, Band.ELEVATED: -1, Band.HIGH: 0, Band.CERTAIN: 2, None: 0}
Send = Callable[[Exchange, Reply], None]


class Asking:
    """Asks for one worker. `send` puts a reply on the wire."""

    def __init__(self, services: Services, send: Send) -> None:
        self._services = services
        self._send = send
        self.room = Room(KEPT_AT_ONCE)

    def terms(self, site: Site) -> Terms:
        """On what terms this site asks."""
        services = self._services
        inspector = site.policy.inspector
        return Terms(site.name, services.config.challenge, services.keyring, inspector, site.look)

    def __call__(
        self, exchange: Exchange, visit: Visit, site: Site, rung: Rung, failed: Ticket | None = None
    ) -> None:
        """Ask in place; a program that cannot show a page is told so in its own terms.

        `failed` is a ticket that this question is asked in place of.
        """
        request = visit.request
        note(visit, "challenges_issued")
        if not wants_html(request):
            status = self._services.config.challenge.status
            self._send(exchange, challenge_for_programs(status, request, exchange.id, rung))
            return
        effort = EFFORT[known_band(visit, site)]
        if failed is None:
            ask = Ask(self._begin_with(rung, visit, site), LEVELS[rung], effort)
        else:
            ask = Ask(rung, failed.level, effort, failed.target)
        length = None if exchange.head is None else exchange.head.length
        if failed is None and may_be_kept(request, length) and self.room.takes(exchange):

            def keep(body: bytes | None) -> None:
                self.room.leave(exchange)
                self._ask(exchange, visit, site, replace(ask, body=body, lost=body is None))

            exchange.collect(MAX_BODY_BYTES, keep, lambda _: keep(None))
        else:
            lost = request.method == "POST" and failed is None
            self._ask(exchange, visit, site, replace(ask, lost=lost))

    def _begin_with(self, rung: Rung, visit: Visit, site: Site) -> Rung:
        """The rung to ask, in place of the one that the policy names where that would not do."""
        services, request = self._services, visit.request
        if failures_of(request, site.name, services.keyring, request.arrived) >= TRIES:
            return Rung.FORM
        if rung in CAPTCHAS and not services.captchas.reachable(rung):
            return services.config.challenge.captcha_fallback
        if rung in WITHOUT_SCRIPT and request.method not in ("GET", "HEAD"):
            return Rung.POW  # a form cannot be kept without a page
        return rung

    def _ask(self, exchange: Exchange, visit: Visit, site: Site, ask: Ask) -> None:
        now, request = visit.request.arrived, visit.request
        issued = issue(ask, request, self.terms(site), now, os.urandom(16), exchange.id)
        ticket = issued.ticket
        exchange.challenge = ChallengeOutcome(ticket.id_text, ticket.rung, ChallengeStep.ISSUED)
        self._send(exchange, issued.reply)

    def sends_kept(self, exchange: Exchange, visit: Visit) -> bool:
        """True where this may be a form that our page kept: only holders of a clearance can send one."""
        head, sender = exchange.head, exchange.sender
        if head is None or not head.length or sender is None or sender.held is None:
            return False
        content_type = visit.request.fields.get(b"content-type", b"")
        return content_type.startswith(SENT_AS)

    def send_on(
        self, exchange: Exchange, visit: Visit, site: Site, forward: Callable[[Kept | None], None]
    ) -> None:
        """Look at the beginning of the body, then forward it as it is, or what had been kept in its place."""

        def look(start: bytes) -> None:
            if start.startswith(FIELD):
                exchange.collect(MAX_SENT_BYTES, unlock)
            else:
                forward(None)

        def unlock(body: bytes) -> None:
            request = visit.request
            kept = open_kept(body, request, site.name, self._services.keyring, request.arrived)
            if kept is None or kept.target != safe_target(request.target):
                forward(None)
                return
            exchange.replace_body(kept.body)
            forward(kept)

        exchange.collect(len(FIELD), look, look)


def known_band(visit: Visit, site: Site) -> Band | None:
    """The band of the session's last assessment; None where no risk is known."""
    known = visit.session.assessment
    risk = None if known is None else known.risk
    return None if risk is None else site.policy.bands.of(risk)
