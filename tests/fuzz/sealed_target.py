"""Cookies, tickets and answers: nothing raises, and nothing opens but what we sealed."""

from dataclasses import replace
from urllib.parse import quote

from challenges.answer import FORM, JSON
from challenges.answer_reply import reply_to_page, reply_to_script
from challenges.binding import binding_of
from challenges.clearance import Clearance, Clearances, clearance_cookie, open_clearance
from challenges.kept import FIELD, open_kept
from challenges.marks import Mark
from challenges.rung import Rung
from challenges.session import Sessions
from challenges.ticket import Ticket, open_ticket
from challenges.verdict import Failed, Solved, Verdict
from challenges.verify import verify_address, verify_body
from detectors.request import Request
from detectors.visit import Level
from tests.fuzz.target import Target
from tests.support.challenges import (
    NOW,
    SITE,
    a_keyring,
    a_ticket,
    in_form,
    in_json,
    marks,
    some_terms,
    the_work,
)
from tests.support.requests import CHROME, a_request

KEYRING = a_keyring()
TERMS = some_terms(keyring=KEYRING)
REQUEST = a_request("/product/1")
TICKETS = {rung: a_ticket(rung, request=REQUEST, terms=TERMS) for rung in Rung}
EARNED = Clearance(Level.POW, NOW, NOW + 3600, binding_of(REQUEST, SITE))
CLEARANCE = clearance_cookie(EARNED, REQUEST, KEYRING, NOW)[1].split(b";")[0]
SESSION = Sessions(KEYRING).cookie(b"s" * 16, REQUEST)[1].split(b";")[0]
SEALED = frozenset(
    (
        CLEARANCE.split(b"=", 1)[1],
        SESSION.split(b"=", 1)[1],
        *(ticket.seal(KEYRING).encode() for ticket in TICKETS.values()),
    )
)
SOLUTION = the_work(TICKETS[Rung.POW])
CORPUS = (
    CLEARANCE,
    SESSION,
    b"a=b; " + CLEARANCE + b"; " + SESSION + b"; c=d",
    CLEARANCE + b"; " + CLEARANCE[:-3] + b"; stile_clearance=; stile_clearance",
    in_json(TICKETS[Rung.POW]),
    in_json(TICKETS[Rung.BROWSER]),
    in_form(TICKETS[Rung.FORM]),
    b"ticket=%s" % quote(TICKETS[Rung.COOKIE].seal(KEYRING)).encode(),
    *SEALED,
)
TOKENS = (
    *SEALED,
    *(
        b"stile_clearance=",
        b"stile_session=",
        b"; ",
        b";",
        b"=",
        b'"',
        b",",
        b"%",
        b"&",
        b"+",
        b"-",
        b"_",
        b"/",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b'{"ticket":',
        b"null",
        b"1e999",
        b"\\ud800",
        b"\xed\xa0\x80",
        b"\0",
        b"\xff",
        b"A" * 600,
    ),
    *(
        b"ticket=",
        b"choice=",
        b"testimony",
        SOLUTION.encode(),
        b"0",
        b"-1",
        b"\xd9\xa3",
        b"[" * 2000,
        b"&a" * 50,
    ),
)


def check(data: bytes) -> None:
    """`data` as a Cookie header, as a sealed text and as an answer's body."""
    check_cookies(data)
    if data not in SEALED:
        text = data.decode("latin-1")
        assert open_ticket(KEYRING, text) is None, "a forged ticket opens"
        assert open_clearance(KEYRING, data) is None, "a forged clearance opens"
    check_answer(data)


def check_cookies(data: bytes) -> None:
    request = a_request("/", headers=(*CHROME, (b"Cookie", data)))
    held = Clearances(KEYRING).held(request, SITE, NOW + 1)
    if held is not None:
        assert holds_ours(data), "a forged clearance counts"
    if Sessions(KEYRING).key_of(request) is not None:
        assert holds_ours(data), "a forged session counts"


def holds_ours(data: bytes) -> bool:
    return any(text in data for text in SEALED)


def check_answer(data: bytes) -> None:
    for kind in (JSON, FORM, "text/plain", data.decode("latin-1")):
        headers = (*CHROME, (b"Content-Type", kind.encode("latin-1")), (b"Cookie", marks(*Mark)))
        asked = a_request("/", method="POST", headers=headers)
        check_verdict(verify_body(data, asked, TERMS, NOW + 5), asked)
    asked = replace(REQUEST, query="ticket=" + data.decode("latin-1"))
    check_verdict(verify_address(asked, TERMS, NOW + 5), asked)
    assert open_kept(FIELD + data, REQUEST, SITE, KEYRING, NOW) is None, "a forged form opens"


def check_verdict(verdict: Verdict, asked: Request) -> None:
    if isinstance(verdict, Solved):
        assert ours(verdict.ticket), "a forged ticket was solved"
    else:
        assert not isinstance(verdict, Failed) or verdict.fault
    for reply_to in (reply_to_script, reply_to_page):
        reply = reply_to(verdict, asked, TERMS, NOW + 5, "decision")
        assert 200 <= reply.status < 504
        assert not any(b"\r" in content or b"\n" in content for _, content in reply.headers)


def ours(ticket: Ticket) -> bool:
    return ticket in TICKETS.values()


SEALED_TEXTS = Target("cookies", CORPUS, TOKENS, check)
