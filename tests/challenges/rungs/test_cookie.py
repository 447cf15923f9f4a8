from challenges.marks import Mark, holds
from challenges.rung import Rung
from challenges.verdict import Failed, Fault, Solved
from challenges.verify import verify_address
from tests.support.challenges import (
    NOW,
    SITE,
    a_keyring,
    a_ticket,
    an_issue,
    comes,
    marks,
    some_terms,
    with_cookies,
)

TICKET = a_ticket(Rung.COOKIE)


def test_nothing_is_shown_and_the_cookie_goes_along():
    reply = an_issue(Rung.COOKIE).reply
    headers = dict(reply.headers)
    cookie = headers[b"Set-Cookie"].partition(b";")[0]

    assert (reply.status, reply.body) == (303, b"")
    assert headers[b"Location"] == b"/.stile/pass?ticket=" + TICKET.seal(a_keyring()).encode()
    assert holds(Mark.VISIT, with_cookies(cookie), SITE, a_keyring(), NOW)


def test_who_brings_the_cookie_back_passes():
    verdict = verify_address(comes(TICKET, marks(Mark.VISIT)), some_terms(), NOW + 0.25)

    assert verdict == Solved(TICKET, 250, moved=False)


def test_who_does_not_is_told_so():
    assert verify_address(comes(TICKET), some_terms(), NOW) == Failed(Fault.NO_COOKIES, TICKET)
