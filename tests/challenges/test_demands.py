import pytest

from challenges.demands import MIN_BITS, bits_of, wait_of
from challenges.proof_of_work import MAX_BITS
from challenges.rung import Rung
from tests.support.challenges import Settings

BITS = {
    "work": (Rung.POW, Settings(pow_bits=16), 0, 16),
    "a browser's": (Rung.BROWSER, Settings(pow_bits=16), 0, 16),
    "of somebody who may well be a person": (Rung.POW, Settings(pow_bits=16), -2, 14),
    "never less than something": (Rung.POW, Settings(pow_bits=9), -2, MIN_BITS),
    "of a bot, almost certainly": (Rung.POW, Settings(pow_bits=16), 2, 18),
    "more than a page can find": (Rung.POW, Settings(pow_bits=99), 0, MAX_BITS),
    "as much as it can find": (Rung.BROWSER, Settings(pow_bits=MAX_BITS), 2, MAX_BITS),
    "a form": (Rung.FORM, Settings(pow_bits=16), 2, 0),
    "a cookie": (Rung.COOKIE, Settings(pow_bits=16), 0, 0),
}


@pytest.mark.parametrize(("rung", "settings", "effort", "bits"), BITS.values(), ids=BITS)
def test_the_risk_sets_the_work(rung, settings, effort, bits):
    assert bits_of(rung, settings, effort) == bits


WAITS = {
    Rung.POW: (6.0, 6.0),
    Rung.BROWSER: (6.0, 6.0),
    Rung.FORM: (5.0, 10.0),
    Rung.REFRESH: (3.0, 3.0),
    Rung.COOKIE: (0.0, 0.0),
    Rung.TURNSTILE: (0.0, 0.0),
}


@pytest.mark.parametrize(("rung", "waits"), WAITS.items(), ids=WAITS)
def test_patience_is_asked_of_forms_and_refreshes_and_work_has_a_budget(rung, waits):
    assert tuple(wait_of(rung, Settings(), effort) for effort in (0, 2)) == waits
