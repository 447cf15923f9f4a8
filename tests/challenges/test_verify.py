from dataclasses import replace

import orjson
import pytest

from challenges.ticket import open_ticket
from challenges.verdict import Expired, Failed, Fault, Solved, TooEarly, Verdict, replayed
from challenges.verify import MAX_BODY_BYTES, answer
from detectors.request import Request
from detectors.visit import Level
from tests.support.challenges import FORM_TYPE, NONCE, NOW, SITE, Settings, a_keyring, an_issue, the_work
from tests.support.requests import a_request

ISSUED = an_issue()
ID = ISSUED.ticket_id
TARGET = "/product/7?colour=red"
WORK = the_work(ID, Settings().pow_bits)
WRONG = next(str(number) for number in range(9) if str(number) != WORK)
JSON_TYPE = b"application/json"


def in_json(ticket: object = ISSUED.ticket, work: object = WORK) -> bytes:
    return orjson.dumps({"ticket": ticket, "answer": work})


def in_form(ticket: str = ISSUED.form_ticket) -> bytes:
    return f"ticket={ticket}".encode()


def verdict_on(
    body: bytes,
    content_type: bytes = JSON_TYPE,
    *,
    now: float = NOW + 6,
    request: Request | None = None,
    site: str = SITE,
    settings: Settings | None = None,
) -> Verdict:
    return answer(body, content_type, request or a_request(), site, a_keyring(), settings or Settings(), now)


def solved(level: Level, solve_ms: int = 6000, *, moved: bool = False) -> Solved:
    return Solved(level, ID, solve_ms, TARGET, NOW + 300, moved)


def test_work_is_taken():
    assert verdict_on(in_json(), now=NOW + 1.2345) == solved(Level.POW, 1234)


def test_patience_is_taken():
    assert verdict_on(in_form(), FORM_TYPE) == solved(Level.FORM)


TYPES = {
    "with a charset": (in_json(), b"application/json; charset=utf-8", Level.POW),
    "in capitals": (in_json(), b"Application/JSON", Level.POW),
    "a form with a charset": (in_form(), FORM_TYPE + b";charset=UTF-8", Level.FORM),
    "work in a form": (f"answer={WORK}&ticket={ISSUED.ticket}".encode(), FORM_TYPE, Level.POW),
    "patience in json": (in_json(ISSUED.form_ticket, ""), JSON_TYPE, Level.FORM),
    "other fields beside": (in_form() + b"&utf8=%E2%9C%93&x=", FORM_TYPE, Level.FORM),
}


@pytest.mark.parametrize(("body", "content_type", "level"), TYPES.values(), ids=TYPES)
def test_what_was_asked_counts_and_not_how_it_is_sent(body, content_type, level):
    assert verdict_on(body, content_type) == solved(level)


UNREADABLE = {
    "empty": (b"", JSON_TYPE),
    "no type": (in_json(), b""),
    "another type": (in_json(), b"text/plain"),
    "a type that begins alike": (in_json(), b"application/jsonp"),
    "json as a form": (in_json(), FORM_TYPE),
    "a form as json": (in_form(), JSON_TYPE),
    "cut": (in_json()[:-1], JSON_TYPE),
    "not utf-8": (b'{"ticket": "\xff", "answer": "1"}', JSON_TYPE),
    "a lone surrogate": (b'{"ticket": "\\ud800", "answer": "1"}', JSON_TYPE),
    "a list": (b'["ticket", "answer"]', JSON_TYPE),
    "a number": (b"1", JSON_TYPE),
    "null": (b"null", JSON_TYPE),
    "nested deeply": (b"[" * MAX_BODY_BYTES, JSON_TYPE),
    "ticket is a list": (in_json([ISSUED.ticket]), JSON_TYPE),
    "ticket is null": (in_json(None), JSON_TYPE),
    "answer is a number": (in_json(work=int(WORK)), JSON_TYPE),
    "answer is true": (in_json(work=True), JSON_TYPE),
    "answer is missing": (orjson.dumps({"ticket": ISSUED.ticket}), JSON_TYPE),
    "a form without a ticket": (b"answer=1", FORM_TYPE),
    "a form of bytes": (b"ticket=\xff", FORM_TYPE),
    "a form of many fields": (b"a=1&" * 100 + in_form(), FORM_TYPE),
}


@pytest.mark.parametrize(("body", "content_type"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_malformed(body, content_type):
    assert verdict_on(body, content_type) == Failed(Fault.MALFORMED)


def test_a_body_over_the_cap_is_not_read():
    assert verdict_on(in_json() + b" " * MAX_BODY_BYTES) == Failed(Fault.TOO_LARGE)


FORGED = {
    "empty": "",
    "rubbish": "x" * 100,
    "cut": ISSUED.ticket[:-1],
    "lengthened": ISSUED.ticket + "A",
    "oversized": ISSUED.ticket * 30,
    "not ascii": "é" * 40,
    "of another gateway": an_issue(keyring=a_keyring(b"another secret of enough bytes")).ticket,
}


@pytest.mark.parametrize("ticket", FORGED.values(), ids=FORGED)
def test_a_ticket_that_is_not_ours_is_forged(ticket):
    assert verdict_on(in_json(ticket)) == Failed(Fault.FORGED)


def test_no_changed_byte_of_a_ticket_is_taken():
    ticket = ISSUED.form_ticket
    changed = [ticket[:at] + chr(ord(ticket[at]) ^ 1) + ticket[at + 1 :] for at in range(len(ticket))]

    assert {type(verdict_on(in_json(text, ""))) for text in changed} == {Failed}


def test_the_client_cannot_lower_the_difficulty():
    hard = an_issue(settings=Settings(pow_bits=32))
    extras = {"bits": 0, "difficulty": 0, "kind": 1, "algorithm": "none", "expires": NOW * 2}
    body = orjson.dumps({"ticket": hard.ticket, "answer": WORK, **extras})

    assert verdict_on(body, settings=Settings(pow_bits=0)) == Failed(Fault.WRONG_ANSWER, ID, TARGET)


def test_a_ticket_for_work_is_not_answered_by_patience():
    assert verdict_on(in_form(ISSUED.ticket), FORM_TYPE) == Failed(Fault.WRONG_ANSWER, ID, TARGET)


def test_a_ticket_for_patience_gives_no_more_than_that():
    assert verdict_on(in_json(ISSUED.form_ticket)) == solved(Level.FORM)


@pytest.mark.parametrize("work", ["", "-1", WRONG, WORK + " ", "0" + WORK, WORK * 50])
def test_wrong_work_fails(work):
    assert verdict_on(in_json(work=work)) == Failed(Fault.WRONG_ANSWER, ID, TARGET)


def test_work_for_another_ticket_fails():
    other = an_issue(nonce=NONCE[::-1], settings=Settings(pow_bits=20))

    assert verdict_on(in_json(other.ticket)) == Failed(Fault.WRONG_ANSWER, other.ticket_id, TARGET)


@pytest.mark.parametrize(("after", "left"), [(0, 5), (2, 3), (-100, 5)])
def test_patience_cannot_be_hurried(after, left):
    expected = TooEarly(left, ISSUED.form_ticket, ID, TARGET)

    assert verdict_on(in_form(), FORM_TYPE, now=NOW + after) == expected


@pytest.mark.parametrize("body", [in_json(), in_json(ISSUED.form_ticket)], ids=["work", "patience"])
def test_an_answer_can_come_too_late(body):
    assert verdict_on(body, now=NOW + 300) == Expired(ID, TARGET)


def test_an_answer_for_another_site_fails():
    assert verdict_on(in_json(), site="blog") == Failed(Fault.OTHER_SITE, ID, TARGET)


def test_an_answer_from_another_browser_fails():
    robot = a_request(headers=((b"User-Agent", b"curl/8"),))

    assert verdict_on(in_json(), request=robot) == Failed(Fault.OTHER_BROWSER, ID, TARGET)


def test_an_answer_from_another_network_is_taken_and_marked():
    assert verdict_on(in_json(), request=a_request(address="2001:db8::1")) == solved(Level.POW, moved=True)


def test_both_ways_burn_the_same_id():
    ids = {
        ticket.id
        for text in (ISSUED.ticket, ISSUED.form_ticket)
        if (ticket := open_ticket(a_keyring(), text))
    }

    assert ids == {NONCE}


def test_a_replay_is_a_failure_that_names_the_ticket():
    assert replayed(solved(Level.POW)) == Failed(Fault.REPLAYED, ID, TARGET)


def test_a_changed_ticket_sealed_by_hand_is_a_matter_of_keys_only():
    ticket = open_ticket(a_keyring(), ISSUED.ticket)
    assert ticket is not None
    easier = replace(ticket, bits=0).seal(a_keyring(b"the key of an attacker"))

    assert verdict_on(in_json(easier)) == Failed(Fault.FORGED)
