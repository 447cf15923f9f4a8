import orjson
import pytest
from lxml import html

from challenges.answer_reply import reply_to_page, reply_to_script
from challenges.clearance import Clearances
from challenges.kept import seal_kept
from challenges.reply import Reply
from challenges.rung import Rung
from challenges.verdict import Expired, Failed, Fault, Pending, Solved, TooEarly, Verdict
from detectors.visit import Level
from tests.support.challenges import (
    DECISION_ID,
    FORM_TYPE,
    NOW,
    SITE,
    a_keyring,
    a_ticket,
    posts,
    some_terms,
    with_cookies,
)
from tests.support.requests import a_request

TICKET, FORM = a_ticket(Rung.POW), a_ticket(Rung.FORM)
SOLVED = Solved(TICKET, 900, moved=False)
EARLY = TooEarly(2.4, FORM, "the-ticket")
PENDING = Pending(Rung.TURNSTILE, "token", SOLVED)


def to_script(verdict: Verdict) -> Reply:
    return reply_to_script(verdict, posts(), some_terms(), NOW, DECISION_ID)


def to_page(verdict: Verdict) -> Reply:
    return reply_to_page(verdict, posts(FORM_TYPE), some_terms(), NOW, DECISION_ID)


BOTH = pytest.mark.parametrize("reply", [to_script, to_page], ids=["script", "page"])


@BOTH
def test_a_right_answer_earns_a_clearance(reply):
    cookie = dict(reply(SOLVED).headers)[b"Set-Cookie"].partition(b";")[0]
    held = Clearances(a_keyring()).held(with_cookies(cookie), SITE, NOW + 3599)

    assert held is not None
    assert held.level is Level.POW


NOT_SOLVED = {
    "forged": Failed(Fault.FORGED),
    "replayed": Failed(Fault.REPLAYED, TICKET),
    "late": Expired(TICKET),
    "pending": PENDING,
    "no cookies": Failed(Fault.NO_COOKIES, TICKET),
}


@BOTH
@pytest.mark.parametrize("verdict", NOT_SOLVED.values(), ids=NOT_SOLVED)
def test_nothing_else_does(reply, verdict):
    assert not any(b"stile_clearance" in content for _, content in reply(verdict).headers)


def test_a_page_is_led_on():
    reply = to_page(SOLVED)

    assert (reply.status, dict(reply.headers)[b"Location"]) == (303, b"/product/7?colour=red")


def test_a_script_gets_nothing_to_read():
    reply = to_script(SOLVED)

    assert (reply.status, reply.body) == (204, b"")


LED_ON = {"late": Expired(TICKET), "pressed twice": Failed(Fault.REPLAYED, TICKET)}


@pytest.mark.parametrize("verdict", LED_ON.values(), ids=LED_ON)
def test_a_form_that_missed_its_time_is_led_to_the_page_again(verdict):
    reply = to_page(verdict)

    assert (reply.status, dict(reply.headers)[b"Location"]) == (303, b"/product/7?colour=red")


STATUS = dict.fromkeys(Fault, 403) | {Fault.TOO_LARGE: 400, Fault.MALFORMED: 400}


@BOTH
@pytest.mark.parametrize(("fault", "status"), STATUS.items())
def test_a_wrong_answer_is_refused(reply, fault, status):
    assert reply(Failed(fault)).status == status


REASONS = {
    **{fault: Failed(fault) for fault in Fault},
    "expired": Expired(TICKET),
    "too_early": EARLY,
    "unavailable": PENDING,
}


@pytest.mark.parametrize(("reason", "verdict"), REASONS.items())
def test_a_script_is_told_the_reason_and_nothing_of_the_ticket(reason, verdict):
    reply = to_script(verdict)
    told = orjson.loads(reply.body)

    assert (told["reason"], told["decision_id"]) == (reason, DECISION_ID)
    assert TICKET.seal(a_keyring()).encode() not in reply.body


def test_a_hurried_form_is_shown_again():
    reply = to_page(EARLY)
    form = html.fromstring(reply.body.decode()).forms[0]

    assert (reply.status, form.fields["ticket"]) == (403, "the-ticket")


def test_who_chose_another_word_is_told_so_and_may_choose_again():
    reply = to_page(Failed(Fault.WRONG_ANSWER, FORM, sealed="the-ticket", kept="what-was-sent"))
    page = html.fromstring(reply.body.decode())

    assert (reply.status, "another word" in page.xpath("string(//*[@id='form-intro'])")) == (403, True)
    assert (page.forms[0].fields["ticket"], page.forms[0].fields["kept"]) == ("the-ticket", "what-was-sent")
    assert page.xpath("//button[contains(@class, 'wait-0')]")


def test_a_hurried_script_is_told_how_long():
    assert dict(to_script(EARLY).headers)[b"Retry-After"] == b"3"


def test_a_service_that_cannot_be_asked_is_nobodys_fault():
    assert (to_script(PENDING).status, to_page(PENDING).status) == (503, 503)


def test_lost_cookies_are_spoken_of_and_lead_on_by_a_link_alone():
    reply = to_page(Failed(Fault.NO_COOKIES, TICKET))

    assert reply.status == 403
    assert b"Refresh" not in dict(reply.headers)
    assert "/product/7?colour=red" in html.fromstring(reply.body.decode()).xpath("//a/@href")


def test_a_kept_form_is_sent_on_to_where_it_was_going():
    posted = a_request("/cart", query="step=2", method="POST", headers=posts(FORM_TYPE).headers)
    kept = seal_kept(posted, SITE, b"item=7", a_keyring(), NOW, NOW + 300)
    reply = to_page(Solved(FORM, 6000, moved=False, kept=kept))
    form = html.fromstring(reply.body.decode()).forms[0]

    assert (reply.status, form.method, form.action) == (200, "POST", "/cart?step=2")
    assert (form.get("enctype"), dict(form.fields)) == ("text/plain", {"stile_kept": kept})


def test_a_form_that_is_not_ours_is_not_sent_anywhere():
    reply = to_page(Solved(FORM, 6000, moved=False, kept="rubbish \u20ac"))

    assert (reply.status, dict(reply.headers)[b"Location"]) == (303, b"/product/7?colour=red")
