"""The few paths that Stile answers itself, below one reserved prefix; none of them reaches a storefront."""

import os
import re
import time
from dataclasses import replace
from urllib.parse import parse_qs

from challenges import paths
from challenges.answer import FORM, max_bytes
from challenges.answer_reply import reply_to_page, reply_to_script
from challenges.assets import PREFIX as ASSETS
from challenges.assets import asset_reply
from challenges.marks import Mark
from challenges.reply import Reply
from challenges.rung import CAPTCHAS, Rung
from challenges.seen import seen_reply
from challenges.verdict import Failed, Fault, Pending, Solved, Verdict, refused, replayed
from challenges.verify import verify_address, verify_body
from config.settings import Site
from detectors.visit import Level, Visit
from proxy.asking import known_band
from proxy.carry_out import CarryOut
from proxy.challenge_outcome import outcome_of, told
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from proxy.exchange import Exchange
from proxy.recall import note
from proxy.services import Services

MAX_QUERY = 64
SPENT_LONGER_S = 60.0  # than its ticket counts: answers wait for a service, and the clocks of nodes differ
_ASKABLE = frozenset(Rung)
_LEVELS = frozenset(str(int(level)) for level in Level)
_NOTED = {ChallengeStep.SOLVED: "challenges_solved", ChallengeStep.FAILED: "challenges_failed"}
_NOTHING_TOLD = told(())
_TICKET_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_SEEN = {paths.STYLE: Mark.STYLE, paths.IMAGE: Mark.IMAGE}


class OwnPaths:
    """Serves page assets and takes answers to challenges."""

    def __init__(self, services: Services, carry_out: CarryOut) -> None:
        self.services = services
        self.carry_out = carry_out
        self._routes = {
            paths.PASS: self._pass,
            paths.CLEARANCE: self._clearance,
            paths.CHALLENGE: self._challenge,
            paths.STYLE: self._seen,
            paths.IMAGE: self._seen,
        }

    def answer(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        """Answer a request below the prefix."""
        exchange.decision = _NOTHING_TOLD
        request = visit.request
        path, method = request.path, request.method
        route = self._routes.get(path)
        if path == paths.ANSWER and method == "POST":
            limit = max_bytes(request.fields.get(b"content-type", b""))
            exchange.collect(
                limit,
                lambda body: self._judge(exchange, visit, site, self._verify(visit, site, body)),
                lambda _: self._judge(exchange, visit, site, Failed(Fault.TOO_LARGE)),
            )
        elif method not in {"GET", "HEAD"}:
            self.carry_out.refusal(exchange, 405)
        elif route is not None:
            route(exchange, visit, site)
        else:
            reply = asset_reply(path, request.fields.get(b"accept-encoding", b""))
            if reply is None or not path.startswith(ASSETS):
                self.carry_out.refusal(exchange, 404)
            else:
                self.carry_out.reply(exchange, reply)

    # what is asked for

    def _clearance(self, exchange: Exchange, visit: Visit, _site: Site) -> None:
        """Says whether a clearance is held; the page's script asks so when it begins."""
        asked = parse_qs(visit.request.query[:MAX_QUERY])
        level, ticket_id = asked.get("level", [""])[0], asked.get("id", [""])[0]
        if _TICKET_ID.fullmatch(ticket_id):
            told_rung = asked.get("rung", [""])[0]
            rung = told_rung if told_rung in _ASKABLE else ""
            exchange.challenge = ChallengeOutcome(ticket_id, rung, ChallengeStep.FETCHED)
        needed = max(int(level), Level.COOKIE) if level in _LEVELS else Level.COOKIE
        status = 204 if visit.clearance >= needed else 404
        self.carry_out.reply(exchange, Reply(status, ((b"Cache-Control", b"no-store"),), b""))

    def _challenge(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        """A challenge on a page of its own: of the rung that the query names, else of the session's band."""
        query = visit.request.query
        named = parse_qs(query[:MAX_QUERY]).get("ask", [""])[0]
        services = self.services.config.challenge.captchas
        if named in _ASKABLE and (named not in CAPTCHAS or named in services):
            rung = Rung(named)
        else:
            rung = site.policy.ladder[known_band(visit, site)]
        self.carry_out.asking(exchange, visit, site, rung)

    def _seen(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        """What a page shows: fetching it leaves a mark."""
        terms, request = self.carry_out.asking.terms(site), visit.request
        self.carry_out.reply(exchange, seen_reply(_SEEN[request.path], request, terms, exchange.started_s))

    def _pass(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        """An answer that consists of coming here."""
        terms = self.carry_out.asking.terms(site)
        self._judge(exchange, visit, site, verify_address(visit.request, terms, exchange.started_s))

    # answers

    def _verify(self, visit: Visit, site: Site, body: bytes) -> Verdict:
        terms = self.carry_out.asking.terms(site)
        return verify_body(body, visit.request, terms, time.time())  # now: a body may come slowly

    def _judge(self, exchange: Exchange, visit: Visit, site: Site, verdict: Verdict) -> None:
        match verdict:
            case Solved():
                exchange.work(self._burn(exchange, visit, site, verdict))
            case Pending():
                exchange.work(self._vouch(exchange, visit, site, verdict))
            case _:
                self._reply(exchange, visit, site, verdict)

    async def _vouch(self, exchange: Exchange, visit: Visit, site: Site, pending: Pending) -> None:
        """Ask the captcha service, then spend the id."""
        captchas, address = self.services.captchas, visit.request.address
        word = await captchas.vouches(pending.service, pending.token, address)
        if exchange.ended:
            return
        if word is None:
            self._reply(exchange, visit, site, pending)  # nobody's fault: nothing is spent
        elif word:
            await self._burn(exchange, visit, site, pending.solved)
        else:
            self._reply(exchange, visit, site, refused(pending))

    async def _burn(self, exchange: Exchange, visit: Visit, site: Site, solved: Solved) -> None:
        """Spend the id, last of all checks and shared by all workers."""
        ticket = solved.ticket
        first = await self.services.store.burn(
            ticket.id_text, ticket.expires - exchange.started_s + SPENT_LONGER_S
        )
        if not exchange.ended:
            self._reply(exchange, visit, site, solved if first else replayed(solved))

    def _reply(self, exchange: Exchange, visit: Visit, site: Site, verdict: Verdict) -> None:
        services, request = self.services, visit.request
        outcome = exchange.challenge = outcome_of(verdict, request)
        noted = _NOTED.get(outcome.outcome)
        if noted is not None and not isinstance(verdict, Pending):  # which is nobody's fault
            note(visit, noted)
            services.store.touch(visit.session)
        evidence = verdict.evidence if isinstance(verdict, Solved | Failed) else ()
        if evidence:
            exchange.decision = told(evidence)
        terms, now = self.carry_out.asking.terms(site), exchange.started_s
        if isinstance(verdict, Failed) and verdict.fault is Fault.NOT_FETCHED and verdict.ticket:
            self.carry_out.asking(exchange, visit, site, Rung.FORM, verdict.ticket)
            return
        if request.path == paths.ANSWER and not request.text(b"content-type").lower().startswith(FORM):
            reply = reply_to_script(verdict, request, terms, now, exchange.id)
        else:
            reply = reply_to_page(verdict, request, terms, now, exchange.id)
        if isinstance(verdict, Solved):
            reply = self._named(reply, exchange, visit, site)
        self.carry_out.reply(exchange, reply)

    def _named(self, reply: Reply, exchange: Exchange, visit: Visit, site: Site) -> Reply:
        """The reply with a session's cookie: who passed is told apart from others behind the same address."""
        sender = exchange.sender
        if not site.session_cookie or sender is None or sender.returned:
            return reply
        cookie = self.services.sessions.cookie(os.urandom(16), visit.request)
        return replace(reply, headers=(*reply.headers, cookie))
