"""What challenges cost: questions and right answers, in this process, without a socket."""

import gc
import time
from collections.abc import Callable

from bench.report import Row, alone
from challenges.binding import binding_of
from challenges.clearance import Clearance, Clearances, clearance_cookie
from challenges.rung import Rung
from challenges.verdict import Solved
from challenges.verify import verify_body
from detectors.request import Request
from detectors.visit import Level
from tests.support.challenges import (
    FORM_TYPE,
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

ANSWERS: dict[Rung, tuple[bytes, Request]] = {
    Rung.FORM: (in_form(a_ticket(Rung.FORM)), posts(FORM_TYPE)),
    Rung.POW: (in_json(a_ticket(Rung.POW)), posts()),
    Rung.BROWSER: (in_json(a_ticket(Rung.BROWSER)), posts()),
}
LONGEST_US = 200.0  # 5,000 a second
AFTER = NOW + 6
ROUNDS, REPEATS = 500, 7


def per_call_us(work: Callable[[], object]) -> float:
    """Microseconds of a core in one call, in the best of REPEATS passes."""
    passes = []
    gc.collect()
    gc.disable()
    for _ in range(REPEATS):
        started = time.process_time_ns()
        for _ in range(ROUNDS):
            work()
        passes.append((time.process_time_ns() - started) / ROUNDS / 1000)
    gc.enable()
    return min(passes)


def issued_and_verified_us(rung: Rung) -> float:
    """Microseconds of one question and one right answer to it."""
    terms, page = some_terms(), a_request("/product/7")
    body, answer = ANSWERS[rung]
    verdict = verify_body(body, answer, terms, AFTER)
    if not isinstance(verdict, Solved):
        raise TypeError(f"the answer to {rung} is not right: {verdict}")
    asking = per_call_us(lambda: an_issue(rung, page, terms=terms))
    return asking + per_call_us(lambda: verify_body(body, answer, terms, AFTER))


def clearance_us() -> float:
    """Microseconds of reading a clearance that was seen before."""
    keyring, page = a_keyring(), a_request("/product/7")
    earned = Clearance(Level.POW, NOW, NOW + 3600, binding_of(page, SITE))
    cookie = clearance_cookie(earned, page, keyring, NOW)[1].partition(b";")[0]
    carrying, clearances = with_cookies(b"cart=1; " + cookie), Clearances(keyring)
    return per_call_us(lambda: clearances.held(carrying, SITE, NOW))


def rows() -> list[Row]:
    """Questions with their answers on one core, and a clearance."""
    took = {rung: issued_and_verified_us(rung) for rung in ANSWERS}
    return [
        *(
            alone(
                f"challenge issued and verified, {rung} ({1e6 / us:,.0f}/s of one core)",
                us,
                LONGEST_US,
                unit="µs",
            )
            for rung, us in took.items()
        ),
        alone("clearance, seen before", clearance_us(), 3, unit="µs", digits=2),
    ]
