from urllib.parse import quote

import pytest

from challenges.answer import MAX_FORM_BYTES, MAX_SCRIPT_BYTES
from challenges.marks import Mark
from challenges.rung import WITHOUT_SCRIPT, Rung
from challenges.verdict import Expired, Failed, Fault, Pending, Solved, Verdict, replayed
from challenges.verify import MAX_QUERY, verify_address, verify_body
from tests.support.challenges import (
    FORM_TYPE,
    JSON_TYPE,
    NOW,
    a_keyring,
    a_ticket,
    comes,
    in_form,
    in_json,
    marks,
    posts,
    some_terms,
)
from tests.support.requests import a_request

AFTER = NOW + 6
ALL_MARKS = marks(*Mark)


def answered(rung: Rung, *, way: str = "", now: float = AFTER, site: str = "shop", **facts) -> Verdict:
    """The right answer to a rung's ticket, sent this way."""
    ticket, terms = a_ticket(rung), some_terms(site)
    way = way or way_of(rung)
    if way == "address":
        return verify_address(comes(ticket, ALL_MARKS, **facts), terms, now)
    if way == "form":
        return verify_body(in_form(ticket), posts(FORM_TYPE, ALL_MARKS, **facts), terms, now)
    return verify_body(in_json(ticket), posts(JSON_TYPE, ALL_MARKS, **facts), terms, now)


def way_of(rung: Rung) -> str:
    return "address" if rung in WITHOUT_SCRIPT else "form" if rung is Rung.FORM else "script"


ANY = pytest.mark.parametrize("rung", Rung)


@ANY
def test_a_right_answer_is_taken(rung):
    verdict = answered(rung)

    assert isinstance(verdict, Solved | Pending)


@ANY
@pytest.mark.parametrize("way", ["script", "form", "address"])
def test_an_answer_comes_the_way_that_was_asked(rung, way):
    verdict = answered(rung, way=way)

    assert (verdict == Failed(Fault.OTHER_WAY, a_ticket(rung))) is (way != way_of(rung))


@ANY
def test_an_answer_can_come_too_late(rung):
    assert answered(rung, now=NOW + 300) == Expired(a_ticket(rung))


@ANY
def test_an_answer_for_another_site_fails(rung):
    assert answered(rung, site="blog") == Failed(Fault.OTHER_SITE, a_ticket(rung))


@ANY
def test_an_answer_from_another_browser_fails(rung):
    ticket = a_ticket(rung, request=a_request("/", headers=((b"User-Agent", b"curl/8"),)))
    verdicts = {
        "address": lambda: verify_address(comes(ticket, ALL_MARKS), some_terms(), AFTER),
        "form": lambda: verify_body(in_form(ticket), posts(FORM_TYPE, ALL_MARKS), some_terms(), AFTER),
        "script": lambda: verify_body(in_json(ticket), posts(JSON_TYPE, ALL_MARKS), some_terms(), AFTER),
    }

    assert verdicts[way_of(rung)]() == Failed(Fault.OTHER_BROWSER, ticket)


@ANY
def test_an_answer_from_another_network_is_taken_and_marked(rung):
    verdict = answered(rung, address="2001:db8::1")
    solved = verdict.solved if isinstance(verdict, Pending) else verdict

    assert isinstance(solved, Solved)
    assert solved.moved


LARGE = {
    "a script's": (in_json(a_ticket()) + b" " * MAX_SCRIPT_BYTES, JSON_TYPE),
    "a form's": (in_form(a_ticket(Rung.FORM)) + b"&x=" + b"y" * MAX_FORM_BYTES, FORM_TYPE),
    "of no type": (b"x" * (MAX_SCRIPT_BYTES + 1), b""),
}


@pytest.mark.parametrize(("body", "content_type"), LARGE.values(), ids=LARGE)
def test_a_body_over_the_cap_is_not_read(body, content_type):
    assert verify_body(body, posts(content_type), some_terms(), AFTER) == Failed(Fault.TOO_LARGE)


def test_what_cannot_be_read_is_malformed():
    assert verify_body(b"{", posts(), some_terms(), AFTER) == Failed(Fault.MALFORMED)


SEALED = a_ticket(Rung.COOKIE).seal(a_keyring())
QUERIES = {
    "nothing": ("", Fault.FORGED),
    "rubbish": ("ticket=rubbish", Fault.FORGED),
    "cut": (f"ticket={SEALED[:-1]}", Fault.FORGED),
    "an encoded byte": (f"ticket={SEALED[:-1]}%FF", Fault.FORGED),
    "a lone surrogate": (f"ticket={quote(chr(0x20AC) * 30)}", Fault.FORGED),
    "another name": (f"tickets={SEALED}", Fault.FORGED),
    "many fields": ("a=1&" * 10 + f"ticket={SEALED}", Fault.MALFORMED),
    "too long": ("ticket=" + "x" * MAX_QUERY, Fault.TOO_LARGE),
}


@pytest.mark.parametrize(("query", "fault"), QUERIES.values(), ids=QUERIES)
def test_an_address_without_a_ticket_of_ours_is_refused(query, fault):
    request = a_request("/.stile/pass", query=query)

    assert verify_address(request, some_terms(), AFTER) == Failed(fault)


def test_a_replay_is_a_failure_that_names_the_ticket():
    ticket = a_ticket()

    assert replayed(Solved(ticket, 1, moved=False)) == Failed(Fault.REPLAYED, ticket)
