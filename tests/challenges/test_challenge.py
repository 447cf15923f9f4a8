from dataclasses import replace

import pytest

from challenges.challenge import Ask, issue
from challenges.rung import CAPTCHAS, LEVELS, WITHOUT_SCRIPT, Rung
from challenges.ticket import open_ticket
from detectors.visit import Level
from tests.support.challenges import (
    DECISION_ID,
    FORM_TYPE,
    NONCE,
    NOW,
    a_keyring,
    a_ticket,
    an_issue,
    form_ticket,
    page_of,
    some_terms,
)
from tests.support.requests import CHROME, a_request

POSTED = a_request("/cart", method="POST", headers=(*CHROME, (b"Content-Type", FORM_TYPE)))
BY_SCRIPT = {rung for rung in Rung if rung not in WITHOUT_SCRIPT and rung is not Rung.FORM}


@pytest.mark.parametrize("rung", Rung)
def test_the_ticket_says_what_was_asked(rung):
    ticket = a_ticket(rung)

    assert (ticket.id, ticket.rung, ticket.level, ticket.issued, ticket.expires, ticket.target) == (
        NONCE,
        rung,
        LEVELS[rung],
        NOW,
        NOW + 300,
        "/product/7?colour=red",
    )


LASTS = {Rung.POW: 3600.0, Rung.FORM: 1800.0}


@pytest.mark.parametrize(("rung", "lasts_s"), LASTS.items())
def test_what_a_form_earns_ends_sooner(rung, lasts_s):
    assert a_ticket(rung).lasts_s == lasts_s


@pytest.mark.parametrize("rung", sorted(BY_SCRIPT))
def test_beside_a_script_stands_a_form_that_stands_in_for_it(rung):
    issued = an_issue(rung, effort=2)
    form = open_ticket(a_keyring(), form_ticket(issued))

    assert form == replace(issued.ticket, rung=Rung.FORM, bits=0, wait_s=10.0, lasts_s=1800.0)


def test_a_fallback_counts_for_what_was_asked():
    ticket = a_ticket(Rung.BROWSER, level=Level.CAPTCHA)

    assert (ticket.rung, ticket.level) == (Rung.BROWSER, Level.CAPTCHA)


@pytest.mark.parametrize(("effort", "bits"), [(0, 8), (2, 10)])
def test_who_is_almost_certainly_a_bot_works_more(effort, bits):
    assert a_ticket(Rung.POW, effort=effort).bits == bits


@pytest.mark.parametrize("rung", set(Rung) - {Rung.COOKIE})
def test_the_status_is_the_operators_choice(rung):
    assert an_issue(rung, terms=some_terms(status=503)).reply.status == 503


def test_a_short_nonce_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        issue(Ask(Rung.POW), a_request(), some_terms(), NOW, b"short", DECISION_ID)


@pytest.mark.parametrize("rung", Rung)
def test_no_answer_of_ours_is_kept_by_a_cache_and_all_name_the_decision(rung):
    headers = dict(an_issue(rung).reply.headers)

    assert (headers[b"Cache-Control"], headers[b"Stile-Mitigated"], headers[b"Stile-Decision-Id"]) == (
        b"no-store",
        b"challenge",
        DECISION_ID.encode(),
    )


@pytest.mark.parametrize("rung", set(Rung) - CAPTCHAS)
def test_nothing_is_loaded_from_elsewhere(rung):
    body = an_issue(rung).reply.body

    assert b"//" not in body.replace(b"http-equiv", b"")


def hidden(issued) -> set[str]:
    return set(page_of(issued).xpath("//input[@type='hidden']/@name"))


@pytest.mark.parametrize("rung", [Rung.POW, Rung.FORM])
def test_a_form_that_was_sent_goes_into_the_page(rung):
    assert "kept" in hidden(an_issue(rung, POSTED, body=b"item=7"))


@pytest.mark.parametrize("body", [None, b"x" * 70_000], ids=["nothing", "too much"])
def test_nothing_goes_into_the_page_where_nothing_can_be_kept(body):
    assert "kept" not in hidden(an_issue(Rung.POW, POSTED, body=body))


def test_a_form_that_leads_nowhere_else_names_its_own_page():
    failed = an_issue(Rung.FORM, target="/product/9")

    assert failed.ticket.target == "/product/9"


@pytest.mark.parametrize(("effort", "said"), [(0, "wait 5 s"), (2, "wait 10 s")])
def test_the_page_says_the_wait_that_the_form_demands(effort, said):
    assert said in an_issue(Rung.POW, effort=effort).reply.body.decode()
