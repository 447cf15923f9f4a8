"""A rule that rests on a score is known by its condition, whichever way that is written."""

import pytest

from config.cel.check import Checker
from config.cel.score import rests_on_score

SCORE_ALONE = {
    "risk": "risk > 90.0",
    "band": 'band == "certain"',
    "a list of bands": 'band in ["high", "certain"]',
    "by a double negation": '!(band != "certain")',
    "in one place": 'risk > 90.0 && request.route == ""',
    "before any question": 'clearance == "none" && risk > 90.0',
    "as one of two reasons": 'client.rate("ip", "1m") > 60.0 || risk > 90.0',
    "by a choice": "degraded ? risk > 99.0 : risk > 90.0",
}
MORE = {
    "no score": 'request.path == "/trap"',
    "a path": 'risk > 90.0 && request.path.startsWith("/admin")',
    "a rate": 'band == "high" && client.rate("ip", "1m") > 60.0',
    "evidence": 'risk > 90.0 && "trap" in evidence',
    "a bot's name": 'risk > 90.0 && bot.status == "spoofed"',
    "a header": 'risk > 90.0 && request.header("X-Tool") != ""',
    "circumstances alone": 'request.method == "POST" && degraded',
}


@pytest.mark.parametrize("condition", SCORE_ALONE.values(), ids=SCORE_ALONE)
def test_a_score_alone_is_found(condition):
    assert rests_on_score(Checker(()).check(condition).root)


@pytest.mark.parametrize("condition", MORE.values(), ids=MORE)
def test_what_somebody_did_makes_it_more_than_a_score(condition):
    assert not rests_on_score(Checker(()).check(condition).root)
