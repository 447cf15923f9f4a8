"""Challenges for tests: settings, keys and answers that are right unless a case says otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from challenges.challenge import Issued, issue
from challenges.keyring import Keyring
from challenges.proof_of_work import is_solved
from detectors.request import Request
from tests.support.requests import CHROME, a_request

NOW = 1_790_000_000.0
NONCE = bytes(range(16))
SITE = "shop"
DECISION_ID = "01890000-0000-7000-8000-000000000000"
FORM_TYPE = b"application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Settings:
    """Settings as the shipped configuration has them, with work that a test can do."""

    pow_bits: int = 8
    form_wait_s: float = 5.0
    ticket_ttl_s: float = 300.0
    clearance_ttl_s: float = 3600.0
    status: int = 403


def a_keyring(*secrets: bytes) -> Keyring:
    """A keyring; of one fixed secret unless secrets are given."""
    return Keyring(secrets or (b"a secret of thirty-two bytes .....",))


def an_issue(request: Request | None = None, **changes: object) -> Issued:
    """A challenge for a page load, issued at NOW."""
    facts = {
        "request": request or a_request("/product/7", query="colour=red"),
        "site": SITE,
        "settings": Settings(),
        "keyring": a_keyring(),
        "now": NOW,
        "nonce": NONCE,
        "decision_id": DECISION_ID,
    }
    return issue(**(facts | changes))  # type: ignore[arg-type]


def the_work(ticket_id: str, bits: int, right: Callable[[str, str, int], bool] = is_solved) -> str:
    """The first counter that solves the ticket."""
    return next(str(counter) for counter in count() if right(ticket_id, str(counter), bits))


def with_cookies(cookies: bytes, **facts: str) -> Request:
    """A page load by Chrome that sends this Cookie header."""
    return a_request(headers=(*CHROME, (b"Cookie", cookies)), **facts)  # type: ignore[arg-type]
