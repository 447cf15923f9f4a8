"""Every verdict has its words in the event."""

from dataclasses import replace

import pytest

from challenges.rung import Rung
from challenges.verdict import Expired, Failed, Fault, Pending, Solved, TooEarly
from detectors.evidence import Evidence
from proxy.challenge_outcome import outcome_of, told
from proxy.events.outcome import ChallengeOutcome, ChallengeStep
from tests.support.challenges import a_ticket
from tests.support.requests import a_request

TICKET = a_ticket(Rung.BROWSER)
SOLVED = Solved(TICKET, 812, moved=False)
CAME = ChallengeOutcome(TICKET.id_text, "browser", ChallengeStep.FAILED, device="desktop")
STEPS = {
    "right": (SOLVED, replace(CAME, outcome=ChallengeStep.SOLVED, solve_ms=812)),
    "late": (Expired(TICKET), replace(CAME, outcome=ChallengeStep.EXPIRED)),
    "early": (TooEarly(1.0, TICKET, "sealed"), replace(CAME, reason="too_early")),
    "for a service to say": (Pending(Rung.TURNSTILE, "t", SOLVED), replace(CAME, reason="unavailable")),
    "seen before": (Failed(Fault.REPLAYED, TICKET), replace(CAME, outcome=ChallengeStep.REPLAYED)),
    "of nobody": (Failed(Fault.FORGED), replace(CAME, id="", kind="", reason="forged")),
    **{
        f"failed: {fault}": (Failed(fault, TICKET), replace(CAME, reason=str(fault)))
        for fault in Fault
        if fault is not Fault.REPLAYED
    },
}


@pytest.mark.parametrize(("verdict", "outcome"), STEPS.values(), ids=STEPS)
def test_says_how_far_it_came_and_why_no_further(verdict, outcome):
    assert outcome_of(verdict, a_request()) == outcome


def test_what_a_page_told_stands_in_the_decision_about_its_answer():
    decision = told((Evidence("webdriver", 6.0, "navigator.webdriver"),))

    assert (decision.evidence[0].id, decision.risk is not None and decision.risk > 90) == (
        "webdriver",
        True,
    )


def test_an_answer_that_tells_nothing_has_no_risk():
    assert told(()).risk is None
