import orjson
import pytest
from lxml import html

from challenges.answer_reply import reply_to
from challenges.clearance import Clearances
from challenges.verdict import Expired, Failed, Fault, Solved, TooEarly, Verdict
from detectors.request import Request
from detectors.visit import Level
from tests.support.challenges import DECISION_ID, FORM_TYPE, NOW, SITE, Settings, a_keyring, with_cookies
from tests.support.requests import CHROME, a_request

SCRIPT = a_request("/.stile/answer", method="POST", headers=(*CHROME, (b"Content-Type", b"application/json")))
FORM = a_request("/.stile/answer", method="POST", headers=(*CHROME, (b"Content-Type", FORM_TYPE)))
SOLVED = Solved(Level.POW, "id", 900, "/product/7?a=b", NOW + 300, moved=False)
EARLY = TooEarly(2.4, "the-ticket", "id", "/product/7")


def reply(verdict: Verdict, request: Request):
    return reply_to(verdict, request, SITE, a_keyring(), Settings(), NOW, DECISION_ID)


@pytest.mark.parametrize("request_", [SCRIPT, FORM], ids=["script", "form"])
def test_a_right_answer_earns_a_clearance(request_):
    cookie = dict(reply(SOLVED, request_).headers)[b"Set-Cookie"].partition(b";")[0]
    held = Clearances(a_keyring()).held(with_cookies(cookie), SITE, NOW + 3599)

    assert held is not None
    assert held.level is Level.POW


NOT_SOLVED = [Failed(Fault.FORGED), Failed(Fault.REPLAYED, "id", "/"), Expired("id", "/"), EARLY]


@pytest.mark.parametrize("verdict", NOT_SOLVED)
@pytest.mark.parametrize("request_", [SCRIPT, FORM], ids=["script", "form"])
def test_nothing_else_sets_a_cookie(verdict, request_):
    assert b"Set-Cookie" not in dict(reply(verdict, request_).headers)


def test_a_form_is_led_on():
    answered = reply(SOLVED, FORM)

    assert (answered.status, dict(answered.headers)[b"Location"]) == (303, b"/product/7?a=b")


def test_a_script_gets_nothing_to_read():
    answered = reply(SOLVED, SCRIPT)

    assert (answered.status, answered.body) == (204, b"")


LED_ON = {"late": Expired("id", "/x"), "pressed twice": Failed(Fault.REPLAYED, "id", "/x")}


@pytest.mark.parametrize("verdict", LED_ON.values(), ids=LED_ON)
def test_a_form_that_missed_its_time_is_led_to_the_page_again(verdict):
    answered = reply(verdict, FORM)

    assert (answered.status, dict(answered.headers)[b"Location"]) == (303, b"/x")


TOLD = {
    Fault.TOO_LARGE: 400,
    Fault.MALFORMED: 400,
    Fault.FORGED: 403,
    Fault.OTHER_SITE: 403,
    Fault.OTHER_BROWSER: 403,
    Fault.WRONG_ANSWER: 403,
}


@pytest.mark.parametrize(("fault", "status"), TOLD.items())
@pytest.mark.parametrize("request_", [SCRIPT, FORM], ids=["script", "form"])
def test_a_wrong_answer_is_refused(request_, fault, status):
    assert reply(Failed(fault), request_).status == status


REASONS = {
    "replayed": Failed(Fault.REPLAYED),
    "wrong_answer": Failed(Fault.WRONG_ANSWER),
    "expired": Expired("id", "/"),
    "too_early": EARLY,
}


@pytest.mark.parametrize(("reason", "verdict"), REASONS.items())
def test_a_script_is_told_the_reason(reason, verdict):
    told = orjson.loads(reply(verdict, SCRIPT).body)

    assert (told["reason"], told["decision_id"]) == (reason, DECISION_ID)


def test_a_hurried_form_is_shown_again():
    answered = reply(EARLY, FORM)
    form = html.fromstring(answered.body.decode()).forms[0]

    assert (answered.status, dict(form.fields)) == (403, {"ticket": "the-ticket"})
