import pytest

from challenges.challenge import issue
from challenges.proof_of_work import MAX_BITS
from challenges.ticket import open_ticket
from detectors.visit import Level
from tests.support.challenges import DECISION_ID, NONCE, NOW, SITE, Settings, a_keyring, an_issue
from tests.support.requests import a_request


def test_the_ticket_says_what_the_settings_ask():
    ticket = open_ticket(a_keyring(), an_issue().ticket)

    assert ticket is not None
    assert (
        ticket.id,
        ticket.kind,
        ticket.bits,
        ticket.issued,
        ticket.expires,
        ticket.target,
        ticket.method,
    ) == (
        NONCE,
        Level.POW,
        8,
        NOW,
        NOW + 300,
        "/product/7?colour=red",
        "GET",
    )


def test_the_form_asks_for_patience_alone():
    ticket = open_ticket(a_keyring(), an_issue().form_ticket)

    assert ticket is not None
    assert (ticket.kind, ticket.bits) == (Level.FORM, 0)


def test_no_more_work_is_asked_than_the_page_can_find():
    ticket = open_ticket(a_keyring(), an_issue(settings=Settings(pow_bits=99)).ticket)

    assert ticket is not None
    assert ticket.bits == MAX_BITS


def test_the_status_is_the_operators_choice():
    assert an_issue(settings=Settings(status=503)).status == 503


def test_a_short_nonce_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        issue(a_request(), SITE, Settings(), a_keyring(), NOW, b"short", DECISION_ID)


HEADERS = {
    b"Cache-Control": b"no-store",
    b"Stile-Mitigated": b"challenge",
    b"Stile-Decision-Id": DECISION_ID.encode(),
    b"X-Robots-Tag": b"noindex",
    b"X-Content-Type-Options": b"nosniff",
    b"Content-Type": b"text/html; charset=utf-8",
    b"Content-Security-Policy": (
        b"default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_the_page_is_kept_and_indexed_by_nobody(name):
    assert dict(an_issue().headers)[name] == HEADERS[name]


def test_the_page_varies_with_what_it_is_made_from():
    varies = dict(an_issue().headers)[b"Vary"]

    assert {b"Accept-Language", b"Cookie", b"Accept"} <= set(varies.split(b", "))
