"""A verdict in the words of events."""

from typing import assert_never

from challenges.verdict import Expired, Failed, Fault, Pending, Solved, TooEarly, Verdict
from config.decision import Action, Decision, Mode
from detectors.evidence import Evidence, risk_of, total_log_odds
from detectors.fingerprint.device import device_of
from detectors.identity.bot_claim import NO_CLAIM
from detectors.request import Request
from proxy.events.outcome import ChallengeOutcome, ChallengeStep

UNAVAILABLE = "unavailable"


def outcome_of(verdict: Verdict, request: Request) -> ChallengeOutcome:
    """How far the challenge came with this answer."""
    step, reason = _step(verdict)
    ticket = verdict.solved.ticket if isinstance(verdict, Pending) else verdict.ticket
    kind, id_ = ("", "") if ticket is None else (str(ticket.rung), ticket.id_text)
    solve_ms = verdict.solve_ms if isinstance(verdict, Solved) else None
    device = device_of(request.fields.get(b"user-agent", b""))
    return ChallengeOutcome(id_, kind, step, solve_ms, reason, device)


def _step(verdict: Verdict) -> tuple[ChallengeStep, str]:
    match verdict:
        case Solved():
            return ChallengeStep.SOLVED, ""
        case Expired():
            return ChallengeStep.EXPIRED, ""
        case TooEarly():
            return ChallengeStep.FAILED, "too_early"
        case Pending():
            return ChallengeStep.FAILED, UNAVAILABLE
        case Failed(fault=Fault.REPLAYED):
            return ChallengeStep.REPLAYED, ""
        case Failed(fault=fault):
            return ChallengeStep.FAILED, fault
    assert_never(verdict)


def told(evidence: tuple[Evidence, ...]) -> Decision:
    """The decision about a request for a path of Stile's own: always allowed, with what an answer told."""
    return Decision(
        action=Action.ALLOW,
        would_action=Action.ALLOW,
        mode=Mode.ENFORCE,
        rule="own-path",
        ruleset="(stile)/own",
        category="",
        reason="a path of Stile's own",
        risk=risk_of(total_log_odds(0.0, evidence)) if evidence else None,
        band=None,
        evidence=evidence,
        bot=NO_CLAIM,
        fingerprint="",
    )
