import pytest

from challenges.captchas import CAPTCHA_PAGES
from challenges.rung import CAPTCHAS
from challenges.rungs.captcha import MAX_TOKEN
from challenges.verdict import Failed, Fault, Pending, Solved, refused
from challenges.verify import verify_body
from tests.support.challenges import NOW, a_ticket, an_issue, in_json, page_of, posts, some_terms


@pytest.mark.parametrize("service", sorted(CAPTCHAS))
def test_the_page_allows_the_service_and_nobody_else(service):
    issued = an_issue(service)
    asked = page_of(issued).get_element_by_id("challenge").attrib
    policy = dict(issued.reply.headers)[b"Content-Security-Policy"].decode()

    assert (asked["data-key"], asked["data-service"]) == ("public-key", CAPTCHA_PAGES[service].script)
    assert {word for word in policy.split() if "://" in word} <= {
        origin + end for origin in CAPTCHA_PAGES[service].origins for end in ("", ";")
    }


@pytest.mark.parametrize("service", sorted(CAPTCHAS))
def test_the_service_has_the_last_word(service):
    ticket = a_ticket(service)
    verdict = verify_body(in_json(ticket, "token"), posts(), some_terms(), NOW + 1)

    assert verdict == Pending(service, "token", Solved(ticket, 1000, moved=False))
    assert refused(verdict) == Failed(Fault.REFUSED_BY_SERVICE, ticket)


TOKENS = {"none": "", "too long": "t" * (MAX_TOKEN + 1), "not ascii": "tokén"}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_token_that_cannot_be_one_is_not_asked_about(token):
    ticket = a_ticket(min(CAPTCHAS))

    assert verify_body(in_json(ticket, token), posts(), some_terms(), NOW) == Failed(
        Fault.WRONG_ANSWER, ticket
    )
