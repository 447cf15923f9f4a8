"""The few paths that Stile answers itself, below one reserved prefix; none of them reaches a storefront."""

from challenges.answer_reply import reply_to
from challenges.assets import PREFIX as ASSETS
from challenges.assets import asset_reply
from challenges.refusal import CHALLENGE_PATH
from challenges.reply import Reply
from challenges.verdict import Expired, Failed, Fault, Solved, TooEarly, Verdict, replayed
from challenges.verify import MAX_BODY_BYTES, answer
from config.decision import Action, Decision, Mode
from config.settings import Site
from detectors.identity.bot_claim import NO_CLAIM
from detectors.visit import Level, Visit
from proxy.carry_out import CarryOut
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from proxy.exchange import Exchange
from proxy.recall import note
from proxy.services import Services

ANSWER_PATH = "/.stile/answer"
CLEARANCE_PATH = "/.stile/clearance"
_KINDS = {Level.POW: "pow", Level.FORM: "form", Level.NONE: ""}
_NOTED = {ChallengeStep.SOLVED: "challenges_solved", ChallengeStep.FAILED: "challenges_failed"}


def _own(reason: str) -> Decision:
    return Decision(
        action=Action.ALLOW,
        would_action=Action.ALLOW,
        mode=Mode.ENFORCE,
        rule="own-path",
        ruleset="(stile)/own",
        category="",
        reason=reason,
        risk=None,
        band=None,
        evidence=(),
        bot=NO_CLAIM,
        fingerprint="",
    )


_DECISION = _own("a path of Stile's own")


class OwnPaths:
    """Serves page assets and takes answers to challenges."""

    def __init__(self, services: Services, carry_out: CarryOut) -> None:
        self.services = services
        self.carry_out = carry_out

    def answer(self, exchange: Exchange, visit: Visit, site: Site) -> None:
        """Answer a request below the prefix."""
        exchange.decision = _DECISION
        request = visit.request
        path, method = request.path, request.method
        if path == ANSWER_PATH and method == "POST":
            exchange.collect(MAX_BODY_BYTES, lambda body: self._check(exchange, visit, site, body))
        elif method not in {"GET", "HEAD"}:
            self.carry_out.refusal(exchange, 405)
        elif path.startswith(ASSETS):
            reply = asset_reply(path, request.fields.get(b"accept-encoding", b""))
            if reply is None:
                self.carry_out.refusal(exchange, 404)
            else:
                self.carry_out.reply(exchange, reply)
        elif path == CLEARANCE_PATH:
            status = 204 if visit.clearance is not Level.NONE else 404
            self.carry_out.reply(exchange, Reply(status, ((b"Cache-Control", b"no-store"),), b""))
        elif path == CHALLENGE_PATH:
            self.carry_out.challenge(exchange, visit, site)
        else:
            self.carry_out.refusal(exchange, 404)

    def _check(self, exchange: Exchange, visit: Visit, site: Site, body: bytes) -> None:
        request, services = visit.request, self.services
        content_type = request.fields.get(b"content-type", b"")
        settings = services.config.challenge
        now = exchange.started_s
        verdict = answer(body, content_type, request, site.name, services.keyring, settings, now)
        if isinstance(verdict, Solved):
            exchange.work(self._burn(exchange, visit, site, verdict))
        else:
            self._reply(exchange, visit, site, verdict)

    async def _burn(self, exchange: Exchange, visit: Visit, site: Site, solved: Solved) -> None:
        """Spend the id, last of all checks and shared by all workers."""
        first = await self.services.store.burn(solved.ticket_id, solved.expires - exchange.started_s)
        if not exchange.ended:
            self._reply(exchange, visit, site, solved if first else replayed(solved))

    def _reply(self, exchange: Exchange, visit: Visit, site: Site, verdict: Verdict) -> None:
        services = self.services
        step = _step(verdict)
        noted = _NOTED.get(step)
        if noted is not None:
            note(visit, noted)
            services.store.touch(visit.session)
        kind = _KINDS[verdict.level] if isinstance(verdict, Solved) else ""
        took = verdict.solve_ms if isinstance(verdict, Solved) else None
        exchange.challenge = ChallengeOutcome(verdict.ticket_id, kind, step, took)
        settings, keyring = services.config.challenge, services.keyring
        now = exchange.started_s
        reply = reply_to(verdict, visit.request, site.name, keyring, settings, now, exchange.id)
        self.carry_out.reply(exchange, reply)


def _step(verdict: Verdict) -> ChallengeStep:
    match verdict:
        case Solved():
            return ChallengeStep.SOLVED
        case Expired():
            return ChallengeStep.EXPIRED
        case Failed(fault=Fault.REPLAYED):
            return ChallengeStep.REPLAYED
        case Failed() | TooEarly():
            return ChallengeStep.FAILED
