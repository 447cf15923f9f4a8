"""What the room costs, printed and not asserted: `pytest -s tests/challenges/test_speed.py`."""

from timeit import repeat

import orjson
import pytest

from challenges.clearance import Clearances, clearance_cookie
from challenges.session import Sessions
from challenges.verify import answer
from detectors.visit import Level
from tests.support.challenges import NONCE, NOW, SITE, Settings, a_keyring, an_issue, the_work, with_cookies
from tests.support.requests import a_request

KEYRING = a_keyring()
CLEARANCES = Clearances(KEYRING)
SESSIONS = Sessions(KEYRING)
HELD = clearance_cookie(Level.POW, a_request(), SITE, KEYRING, NOW, 60.0)[1].partition(b";")[0]
NAMED = SESSIONS.cookie(NONCE, a_request())[1].partition(b";")[0]
CARRYING = with_cookies(b"cart=1; theme=dark; " + HELD + b"; " + NAMED)
STRANGER = a_request()
ISSUED = an_issue()
ANSWER = orjson.dumps({"ticket": ISSUED.ticket, "answer": the_work(ISSUED.ticket_id, 8)})

COSTS = {
    "clearance, seen before": lambda: CLEARANCES.held(CARRYING, SITE, NOW),
    "clearance, first sight": lambda: Clearances(KEYRING).held(CARRYING, SITE, NOW),
    "no cookies": lambda: CLEARANCES.held(STRANGER, SITE, NOW),
    "session, seen before": lambda: SESSIONS.key_of(CARRYING),
    "issue a page": lambda: an_issue(STRANGER, keyring=KEYRING),
    "verify an answer": lambda: answer(
        ANSWER, b"application/json", STRANGER, SITE, KEYRING, Settings(), NOW + 1
    ),
}


@pytest.mark.parametrize("name", COSTS)
def test_says_what_it_costs(name):
    rounds = 1000
    cost_us = min(repeat(COSTS[name], number=rounds, repeat=3)) / rounds * 1e6

    print(f"{name}: {cost_us:.2f} µs")
