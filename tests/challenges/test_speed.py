"""What the room costs, printed: `pytest -s tests/challenges/test_speed.py`. Only ratios are asserted."""

from timeit import repeat

import pytest

from challenges.binding import binding_of
from challenges.clearance import Clearance, Clearances, clearance_cookie
from challenges.rung import Rung
from challenges.session import Sessions
from challenges.verify import verify_body
from detectors.visit import Level
from tests.support.challenges import (
    FORM_TYPE,
    NONCE,
    NOW,
    SITE,
    a_keyring,
    a_ticket,
    an_issue,
    in_form,
    in_json,
    posts,
    some_terms,
    with_cookies,
)
from tests.support.requests import a_request

KEYRING = a_keyring()
TERMS = some_terms(keyring=KEYRING)
CLEARANCES, SESSIONS = Clearances(KEYRING), Sessions(KEYRING)
STRANGER = a_request("/product/7")
CLEARANCE = Clearance(Level.POW, NOW, NOW + 60, binding_of(STRANGER, SITE))
HELD = clearance_cookie(CLEARANCE, STRANGER, KEYRING, NOW)[1].partition(b";")[0]
NAMED = SESSIONS.cookie(NONCE, STRANGER)[1].partition(b";")[0]
CARRYING = with_cookies(b"cart=1; theme=dark; " + HELD + b"; " + NAMED)
ANSWERS = {
    Rung.POW: (in_json(a_ticket(Rung.POW)), posts()),
    Rung.BROWSER: (in_json(a_ticket(Rung.BROWSER)), posts()),
    Rung.FORM: (in_form(a_ticket(Rung.FORM)), posts(FORM_TYPE)),
}
ROUNDS = 400


def cost_us(work) -> float:
    """Of one call, in the best of three rounds."""
    return min(repeat(work, number=ROUNDS, repeat=3)) / ROUNDS * 1e6


COSTS = {
    "clearance, seen before": lambda: CLEARANCES.held(CARRYING, SITE, NOW),
    "clearance, first sight": lambda: Clearances(KEYRING).held(CARRYING, SITE, NOW),
    "no cookies": lambda: CLEARANCES.held(STRANGER, SITE, NOW),
    "session, seen before": lambda: SESSIONS.key_of(CARRYING),
    **{f"issue {rung}": (lambda rung=rung: an_issue(rung, STRANGER, terms=TERMS)) for rung in Rung},
    **{
        f"verify {rung}": (lambda body=body, request=request: verify_body(body, request, TERMS, NOW + 6))
        for rung, (body, request) in ANSWERS.items()
    },
}


@pytest.mark.parametrize("name", COSTS)
def test_says_what_it_costs(name):
    print(f"{name}: {cost_us(COSTS[name]):.2f} µs")


@pytest.mark.parametrize("rung", ANSWERS)
def test_an_answer_costs_not_much_more_than_its_question(rung):
    issued, verified = cost_us(COSTS[f"issue {rung}"]), cost_us(COSTS[f"verify {rung}"])
    print(f"{rung}: {1e6 / (issued + verified):.0f} issued and verified per second of one core")

    assert verified < 5 * issued  # whoever floods us with answers gains nothing over questions


def test_a_clearance_that_was_seen_before_costs_a_fraction_of_the_first_sight():
    assert cost_us(COSTS["clearance, seen before"]) * 5 < cost_us(COSTS["clearance, first sight"])
