"""Challenges for tests: settings, keys and answers that are right unless a case says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

import orjson
from lxml import html

from challenges.challenge import Ask, Issued, issue
from challenges.keyring import Keyring
from challenges.marks import Mark, mark_cookie
from challenges.proof_of_work import PIECE_BITS, PIECES, is_piece
from challenges.question import question_of
from challenges.rendering import expected_numbers
from challenges.rung import CAPTCHAS, Rung
from challenges.terms import Terms
from challenges.ticket import Ticket
from detectors.inspection import Inspector
from detectors.request import Request
from tests.support.requests import CHROME, a_request
from tests.support.testimonies import PLAIN

NOW = 1_790_000_000.0
NONCE = bytes(range(16))
SITE = "shop"
DECISION_ID = "01890000-0000-7000-8000-000000000000"
JSON_TYPE = b"application/json"
FORM_TYPE = b"application/x-www-form-urlencoded"
SECRET = b"a secret of thirty-two bytes ....."


@dataclass(frozen=True)
class PublicKey:
    """What the page shows of a captcha service."""

    site_key: str = "public-key"


@dataclass(frozen=True)
class Settings:
    """Settings as the shipped configuration has them, with work that a test can do."""

    pow_bits: int = 8
    pow_budget_s: float = 6.0
    form_wait_s: float = 5.0
    refresh_wait_s: float = 3.0
    ticket_ttl_s: float = 300.0
    clearance_ttl_s: float = 3600.0
    form_ttl_s: float = 1800.0
    browser_limit: float = 3.0
    status: int = 403
    captchas: Mapping[Rung, PublicKey] = field(
        default_factory=lambda: {service: PublicKey() for service in CAPTCHAS}
    )


def a_keyring(*secrets: bytes) -> Keyring:
    """A keyring; of one fixed secret unless secrets are given."""
    return Keyring(secrets or (SECRET,))


@cache
def the_inspector() -> Inspector:
    """All detectors with the weights that they are shipped with."""
    return Inspector({})


def some_terms(site: str = SITE, *, keyring: Keyring | None = None, **settings: Any) -> Terms:
    """The terms of a site, with other settings where a case names some."""
    return Terms(site, Settings(**settings), keyring or a_keyring(), the_inspector())


def an_issue(
    rung: Rung = Rung.POW,
    request: Request | None = None,
    *,
    terms: Terms | None = None,
    now: float = NOW,
    nonce: bytes = NONCE,
    **ask: Any,
) -> Issued:
    """A challenge for a page load, issued at NOW."""
    request = request or a_request("/product/7", query="colour=red")
    return issue(Ask(rung, **ask), request, terms or some_terms(), now, nonce, DECISION_ID)


def a_ticket(rung: Rung = Rung.POW, **changes: Any) -> Ticket:
    """The ticket of such a challenge."""
    return an_issue(rung, **changes).ticket


def page_of(issued: Issued) -> Any:
    """The page that was sent, parsed."""
    return html.fromstring(issued.reply.body.decode())


def form_ticket(issued: Issued) -> str:
    """The sealed ticket of the form in a page."""
    return next(iter(page_of(issued).xpath("//input[@name='ticket']/@value")))


def the_work(ticket: Ticket, pieces: int = PIECES) -> str:
    """The answer that solves the ticket, of so many pieces."""
    return ".".join(
        the_piece(ticket.id_text, place, ticket.bits - PIECE_BITS) if place < pieces else ""
        for place in range(PIECES)
    )


@cache
def the_piece(ticket_id: str, place: int, bits: int) -> str:
    """The first counter that is right."""
    return next(str(counter) for counter in count() if is_piece(ticket_id, place, str(counter), bits))


def the_word(ticket: Ticket) -> str:
    """The choice that answers the plain question."""
    return str(question_of(ticket.id).word)


def the_testimony(ticket: Ticket, /, **changes: object) -> dict[str, object]:
    """What the page's script tells in the Chrome of `a_request`, with `changes`."""
    return {**PLAIN, "r": [round(number) for number in expected_numbers(ticket.id_text)], **changes}


def in_json(ticket: Ticket, answer: object = None, **more: object) -> bytes:
    """A script's answer, right unless it is given; `more` fields stand beside it."""
    text = answer
    if text is None:
        text = "token" if ticket.rung in CAPTCHAS else the_work(ticket) if ticket.bits else the_word(ticket)
    if ticket.rung is Rung.BROWSER:
        more = {"testimony": the_testimony(ticket), **more}
    return orjson.dumps({"ticket": ticket.seal(a_keyring()), "answer": text, **more})


def in_form(ticket: Ticket, choice: str | None = None, **more: str) -> bytes:
    """A form's answer, right unless it is given."""
    sealed = ticket.seal(a_keyring())
    right = the_word(ticket) if choice is None else choice
    return urlencode({"ticket": sealed, "choice": right, **more}).encode()


def posts(content_type: bytes = JSON_TYPE, cookies: bytes = b"", **facts: Any) -> Request:
    """An answer by the Chrome of `a_request`, which brings its visit mark unless cookies are given."""
    headers = (*CHROME, (b"Content-Type", content_type), (b"Cookie", cookies or marks(Mark.VISIT)))
    return a_request("/.stile/answer", method="POST", headers=headers, **facts)


def comes(ticket: Ticket | str, cookies: bytes = b"", **facts: Any) -> Request:
    """The address of a ticket without script, asked for by the Chrome of `a_request`."""
    sealed = ticket if isinstance(ticket, str) else ticket.seal(a_keyring())
    headers = (*CHROME, (b"Cookie", cookies))
    return a_request("/.stile/pass", query=f"ticket={sealed}", headers=headers, **facts)


def marks(
    *named: Mark, request: Request | None = None, site: str = SITE, expires: float = NOW + 300
) -> bytes:
    """A Cookie header with these marks."""
    made = (mark_cookie(mark, request or a_request(), site, a_keyring(), NOW, expires) for mark in named)
    return b"; ".join(field.partition(b";")[0] for _, field in made)


def with_cookies(cookies: bytes, **facts: str) -> Request:
    """A page load by Chrome that sends this Cookie header."""
    return a_request(headers=(*CHROME, (b"Cookie", cookies)), **facts)  # type: ignore[arg-type]
