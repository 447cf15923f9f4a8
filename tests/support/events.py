"""Events for tests: an allowed page load by Chrome, changed where a case says so."""

from dataclasses import replace
from typing import Any

from config.decision import Action, Band, Decision, Mode
from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.evidence import Evidence
from detectors.identity.bot_claim import NO_CLAIM
from detectors.request import Request
from detectors.value import value
from detectors.visit import Visit
from proxy.events.fields import Privacy
from proxy.events.outcome import Outcome
from proxy.events.record import Origin, Recorder
from tests.support.requests import a_request

ID = "01a20712-a550-77c2-8c06-211703ebd664"
ORIGIN = Origin("shop", "node-1", "0.1.0", "5f1c0de5f1c0de")
EVIDENCE = (
    Evidence("trap_link", 3.2, "followed a link that no person can see"),
    Evidence("header_order", 1.5, "Host is not the first header"),
    Evidence("solved_challenge", -1.1, "solved a proof of work 4 minutes ago"),
)


@value
class AModel:
    """A model by name alone."""

    version: str = "2026-11"
    sha256: str = "ab" * 32


def a_visit(request: Request | None = None, **changes: Any) -> Visit:
    """A first visit whose request both clients have counted."""
    request = request or a_request("/product/17", route="product")
    clients = [Client(key, request.arrived) for key in (request.address, "s=1f2e3d")]
    for client in clients:
        client.arrive(step_of(request), request.arrived)
    return replace(Visit(request, *clients), **changes)


def a_decision(**changes: Any) -> Decision:
    """Allowed by the last rule, at low risk."""
    decision = Decision(
        action=Action.ALLOW,
        would_action=Action.ALLOW,
        mode=Mode.ENFORCE,
        rule="default",
        ruleset="(stile)/default.yaml",
        category="OAT-011",
        reason="no rule applies",
        risk=12.3,
        band=Band.LOW,
        evidence=EVIDENCE,
        bot=NO_CLAIM,
        fingerprint="5d41402abc4b",
        agent="Chrome",
        margin=0.25,
        model=AModel(),
    )
    return replace(decision, **changes)


def an_outcome(**changes: Any) -> Outcome:
    """Answered with 200 in 1.2 ms."""
    outcome = Outcome(200, 1024, 1_234_567, 11.2, 0.0, 640.5, session="1f2e3d4c5b6a7988")
    return replace(outcome, **changes)


def a_line(
    decision_id: str = ID,
    *,
    visit: Visit | None = None,
    decision: Decision | None = None,
    outcome: Outcome | None = None,
    privacy: Privacy | None = None,
) -> bytes:
    """One event line."""
    recorder = Recorder(ORIGIN, privacy or Privacy())
    return recorder.record(decision_id, visit or a_visit(), decision or a_decision(), outcome or an_outcome())
