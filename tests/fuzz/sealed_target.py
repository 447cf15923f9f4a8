"""Cookies, tickets and answers: nothing raises, and nothing opens but what we sealed."""

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from challenges.answer_reply import reply_to
from challenges.challenge import issue
from challenges.clearance import Clearances, clearance_cookie, open_clearance
from challenges.keyring import Keyring
from challenges.session import Sessions
from challenges.ticket import open_ticket
from challenges.verdict import Failed, Solved
from challenges.verify import FORM, JSON, answer
from detectors.visit import Level
from tests.fuzz.target import Target
from tests.support.requests import CHROME, a_request

NOW = 1_790_000_000.0
SITE = "shop"


@dataclass(frozen=True, slots=True)
class Settings:
    """Easy questions, so that right answers are among the inputs."""

    pow_bits: int = 8
    form_wait_s: float = 3.0
    ticket_ttl_s: float = 600.0
    clearance_ttl_s: float = 3600.0
    status: int = 403


SETTINGS = Settings()
KEYRING = Keyring([b"k" * 32])
REQUEST = a_request("/product/1")
ISSUED = issue(REQUEST, SITE, SETTINGS, KEYRING, NOW, b"n" * 16, "decision")
CLEARANCE = clearance_cookie(Level.POW, REQUEST, SITE, KEYRING, NOW, 3600.0)[1].split(b";")[0]
SESSION = Sessions(KEYRING).cookie(b"s" * 16, REQUEST)[1].split(b";")[0]
SEALED = frozenset(
    (
        CLEARANCE.split(b"=", 1)[1],
        SESSION.split(b"=", 1)[1],
        ISSUED.ticket.encode(),
        ISSUED.form_ticket.encode(),
    )
)


def solution() -> str:
    """The counter that answers ISSUED."""
    return next(str(n) for n in range(1 << 20) if sha256(f"{ISSUED.ticket_id}:{n}".encode()).digest()[0] == 0)


SOLUTION = solution()
CORPUS = (
    CLEARANCE,
    SESSION,
    b"a=b; " + CLEARANCE + b"; " + SESSION + b"; c=d",
    CLEARANCE + b"; " + CLEARANCE[:-3] + b"; stile_clearance=; stile_clearance",
    b'{"ticket": "%s", "answer": "%s"}' % (ISSUED.ticket.encode(), SOLUTION.encode()),
    b"ticket=%s&answer=%s" % (quote(ISSUED.ticket).encode(), SOLUTION.encode()),
    b"ticket=%s" % quote(ISSUED.form_ticket).encode(),
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
    *(b"ticket=", b"answer=", SOLUTION.encode(), b"0", b"-1", b"\xd9\xa3", b"[" * 2000, b"&a" * 50),
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
        asked = a_request("/", method="POST", headers=(*CHROME, (b"Content-Type", kind.encode("latin-1"))))
        verdict = answer(data, kind, asked, SITE, KEYRING, SETTINGS, NOW + 5)
        if isinstance(verdict, Solved):
            assert verdict.ticket_id == ISSUED.ticket_id, "a forged ticket was solved"
        else:
            assert not isinstance(verdict, Failed) or verdict.fault
        reply = reply_to(verdict, asked, SITE, KEYRING, SETTINGS, NOW + 5, "decision")
        assert 200 <= reply.status < 500
        assert not any(b"\r" in content or b"\n" in content for _, content in reply.headers)


SEALED_TEXTS = Target("cookies", CORPUS, TOKENS, check)
