import orjson
import pytest
from lxml import html

from challenges.refusal import challenge_for_programs, refusal
from challenges.rung import Rung
from tests.support.gallery import BRANDED, DECISION_ID, NONCE
from tests.support.requests import CHROME, a_request

PROGRAM = a_request(headers=((b"Accept", b"application/json"),))
TITLES = {
    400: "This request could not be processed",
    403: "Access denied",
    404: "Nothing was found here",
    413: "This is too large",
    429: "Too many requests",
    418: "This request could not be processed",
    431: "This is too large",
    500: "Something went wrong",
    502: "The site cannot be reached right now",
    503: "The site cannot be reached right now",
    504: "The site cannot be reached right now",
    599: "Something went wrong",
}


@pytest.mark.parametrize(("status", "title"), TITLES.items())
def test_says_in_plain_words_what_happened(status, title):
    reply = refusal(status, a_request(), DECISION_ID)

    assert (reply.status, html.fromstring(reply.body.decode()).xpath("string(//h1)")) == (status, title)


def test_shows_the_decision_and_a_way_back():
    page = html.fromstring(refusal(403, a_request(), DECISION_ID, mitigated="block").body.decode())

    assert (page.xpath("string(//code)"), page.xpath("//a/@href")) == (DECISION_ID, ["", "/"])


LED_BACK = {"from a page": (b"http://shop.example.com/product/7", "/product/7"), "from nowhere": (b"", "/")}


@pytest.mark.parametrize(("referrer", "back"), LED_BACK.values(), ids=LED_BACK)
def test_to_try_again_leads_to_a_page_also_where_an_answer_was_posted(referrer, back):
    posted = a_request("/.stile/answer", method="POST", headers=(*CHROME, (b"Referer", referrer)))
    page = html.fromstring(refusal(403, posted, DECISION_ID).body.decode())

    assert page.xpath("//a/@href") == [back, "/"]


MISTAKES = {"a refusal": ("block", True), "an error": ("", False)}


@pytest.mark.parametrize(("mitigated", "offered"), MISTAKES.values(), ids=MISTAKES)
def test_only_a_refusal_can_be_a_mistake(mitigated, offered):
    body = refusal(403, a_request(), DECISION_ID, mitigated=mitigated).body.decode()

    assert ("mistake" in body) is offered


def test_a_refusal_tells_where_to_ask_for_a_review():
    reply = refusal(403, a_request(), DECISION_ID, mitigated="block", look=BRANDED, nonce=NONCE)
    links = html.fromstring(reply.body.decode()).xpath("//a/@href")

    assert links == [
        "",
        "/",
        f"https://fenland.example/review?reference={DECISION_ID}",
        "mailto:help@fenland.example",
    ]


SOON = {"a moment": (30, "You can try again in 30 s."), "at least a second": (0, "You can try again in 1 s.")}


@pytest.mark.parametrize(("retry_after_s", "told"), SOON.values(), ids=SOON)
def test_tells_people_how_long_to_wait(retry_after_s, told):
    request = a_request(headers=(*CHROME[:-1], (b"Accept-Language", b"en")))
    reply = refusal(429, request, DECISION_ID, mitigated="throttle", retry_after_s=retry_after_s)

    assert told in reply.body.decode()


def test_speaks_the_language_of_the_reader():
    request = a_request(headers=(*CHROME[:-1], (b"Accept-Language", b"de")))
    page = html.fromstring(refusal(429, request, DECISION_ID).body.decode())

    assert (page.get("lang"), page.xpath("string(//h1)")) == ("de", "Zu viele Anfragen")


def test_a_program_gets_problem_details():
    reply = refusal(403, PROGRAM, DECISION_ID, mitigated="block")

    assert (dict(reply.headers)[b"Content-Type"], orjson.loads(reply.body)) == (
        b"application/problem+json",
        {
            "type": "about:blank",
            "title": "Access denied",
            "status": 403,
            "detail": "This request was not let through because it appears to be automated.",
            "decision_id": DECISION_ID,
        },
    )


def test_a_program_that_is_challenged_is_told_where():
    reply = challenge_for_programs(403, PROGRAM, DECISION_ID, Rung.POW)
    told = orjson.loads(reply.body)

    assert (told["challenge"], told["title"], dict(reply.headers)[b"Stile-Mitigated"]) == (
        "/.stile/challenge?ask=pow",
        "Forbidden",
        b"challenge",
    )


MITIGATED = {"block": b"block", "throttle": b"throttle", "": None}


@pytest.mark.parametrize(("mitigated", "header"), MITIGATED.items())
@pytest.mark.parametrize("request_", [a_request(), PROGRAM], ids=["page", "program"])
def test_only_our_own_refusals_say_that_they_mitigate(request_, mitigated, header):
    headers = dict(refusal(403, request_, DECISION_ID, mitigated=mitigated).headers)

    assert (headers.get(b"Stile-Mitigated"), headers[b"Cache-Control"]) == (header, b"no-store")


@pytest.mark.parametrize("request_", [a_request(), PROGRAM], ids=["page", "program"])
def test_says_when_to_come_back(request_):
    assert dict(refusal(429, request_, DECISION_ID, retry_after_s=7).headers)[b"Retry-After"] == b"7"


def test_words_of_the_caller_are_escaped():
    body = refusal(400, a_request(), DECISION_ID, title="<b>", detail="<script>").body

    assert (b"<b>" in body, b"<script>" in body, b"&lt;script&gt;" in body) == (False, False, True)


def test_a_status_that_has_no_name_is_still_told():
    assert orjson.loads(challenge_for_programs(599, PROGRAM, DECISION_ID, Rung.POW).body)["title"] == "Error"
