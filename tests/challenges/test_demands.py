import pytest

from challenges.demands import bits_of, wait_of
from challenges.proof_of_work import MAX_BITS
from challenges.rung import Rung
from tests.support.challenges import Settings

BITS = {
    "work": (Rung.POW, Settings(pow_bits=16), False, 16),
    "a browser's": (Rung.BROWSER, Settings(pow_bits=16), False, 16),
    "of a bot, almost certainly": (Rung.POW, Settings(pow_bits=16), True, 18),
    "more than a page can find": (Rung.POW, Settings(pow_bits=99), False, MAX_BITS),
    "as much as it can find": (Rung.BROWSER, Settings(pow_bits=MAX_BITS), True, MAX_BITS),
    "a form": (Rung.FORM, Settings(pow_bits=16), True, 0),
    "a cookie": (Rung.COOKIE, Settings(pow_bits=16), False, 0),
}


@pytest.mark.parametrize(("rung", "settings", "grave", "bits"), BITS.values(), ids=BITS)
def test_the_risk_sets_the_work(rung, settings, grave, bits):
    assert bits_of(rung, settings, grave=grave) == bits


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
    assert tuple(wait_of(rung, Settings(), grave=grave) for grave in (False, True)) == waits
