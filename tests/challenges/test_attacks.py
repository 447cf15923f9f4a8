"""What is tried against challenges, in values: nothing of it opens, nothing raises, nothing is slow."""

from collections.abc import Callable
from dataclasses import replace
from statistics import median
from time import perf_counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.answer import MAX_FORM_BYTES, MAX_SCRIPT_BYTES
from challenges.binding import binding_of
from challenges.clearance import Clearance, clearance_cookie, earned_clearance, open_clearance
from challenges.failures import failure_cookie, failures_of
from challenges.kept import FIELD, open_kept, seal_kept
from challenges.login import login_cookie, login_of
from challenges.marks import Mark, holds
from challenges.rung import Rung
from challenges.session import Sessions
from challenges.target import return_target, safe_target
from challenges.ticket import open_ticket
from challenges.verdict import Failed, Fault, Solved, TooEarly
from challenges.verify import verify_address, verify_body
from detectors.visit import Level
from tests.support.challenges import (
    FORM_TYPE,
    JSON_TYPE,
    NONCE,
    NOW,
    SITE,
    a_keyring,
    a_ticket,
    comes,
    in_form,
    in_json,
    marks,
    posts,
    some_terms,
    the_testimony,
    the_work,
    with_cookies,
)
from tests.support.requests import CHROME, a_request
from tests.support.testimonies import PLAIN

AFTER = NOW + 6
KEYRING = a_keyring()
ANNE, OWNER = "0123456789abcdef", "shop/s=AAECAwQFBgcICQoL"
FORM = a_request("/cart", method="POST", headers=(*CHROME, (b"Content-Type", FORM_TYPE)))


def value_of(cookie: bytes) -> bytes:
    return cookie.partition(b";")[0].partition(b"=")[2]


# What we seal, and how somebody might open it.
SEALED: dict[str, bytes] = {
    **{f"ticket of {rung}": a_ticket(rung).seal(KEYRING).encode() for rung in Rung},
    "clearance": Clearance(Level.POW, NOW, NOW + 60, binding_of(a_request(), SITE)).seal(KEYRING).encode(),
    "session": value_of(Sessions(KEYRING).cookie(NONCE, a_request())[1]),
    **{f"mark of {mark}": value_of(marks(mark)) for mark in Mark},
    "kept": seal_kept(FORM, SITE, b"item=7", KEYRING, NOW, NOW + 300).encode(),
    "failures": value_of(failure_cookie(a_request(), SITE, KEYRING, NOW)[1]),
    "login": value_of(login_cookie(ANNE, OWNER, a_request(), KEYRING, NOW)[1]),
}
OPENERS: dict[str, Callable[[bytes], object]] = {
    "ticket": lambda text: open_ticket(KEYRING, text),
    "clearance": lambda text: open_clearance(KEYRING, text),
    "session": lambda text: Sessions(KEYRING).key_of(with_cookies(b"stile_session=" + text)),
    "mark": lambda text: any(
        holds(mark, with_cookies(mark.encode() + b"=" + text), SITE, KEYRING, NOW) for mark in Mark
    ),
    "kept": lambda text: open_kept(FIELD + text, FORM, SITE, KEYRING, NOW),
    "failures": lambda text: failures_of(with_cookies(b"stile_failures=" + text), SITE, KEYRING, NOW),
    "login": lambda text: login_of(with_cookies(b"stile_account=" + text), OWNER, KEYRING, NOW),
}
EVERY_THING = pytest.mark.parametrize(("name", "sealed"), SEALED.items(), ids=SEALED)


def opens(text: bytes) -> list[str]:
    """As what it opens."""
    return [name for name, opener in OPENERS.items() if opener(text)]


@EVERY_THING
def test_what_we_sealed_opens_as_what_it_is_and_as_nothing_else(name, sealed):
    assert opens(sealed) == [name.split(" ")[0]]


@EVERY_THING
def test_no_flipped_byte_opens(name, sealed):
    opener = OPENERS[name.split(" ")[0]]
    flipped = [
        sealed[:at] + bytes([sealed[at] ^ mask]) + sealed[at + 1 :]
        for at in range(len(sealed))
        for mask in (1, 2, 0x20, 0x80)
    ]

    assert [text for text in flipped if opener(text)] == []


@EVERY_THING
def test_no_shorter_and_no_longer_text_opens(name, sealed):
    opener = OPENERS[name.split(" ")[0]]
    others = [sealed[:length] for length in range(len(sealed))]
    others += [sealed + end for end in (b"A", b"=", b".", b"A" * 10_000, sealed)]
    others += [sealed[1:], b"A" + sealed, sealed[::-1]]

    assert [text for text in others if opener(text)] == []


@given(st.sampled_from(sorted(SEALED)), st.data())
def test_no_change_whatever_opens(name, data):
    sealed = SEALED[name]
    start = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(start, min(len(sealed), start + 8)))
    changed = sealed[:start] + data.draw(st.binary(max_size=12)) + sealed[end:]

    changed = changed.translate(None, b'; \t"\r\n')  # where a cookie ends: what stands before may be whole

    assert sealed in changed or not opens(changed)


# Difficulty, kind and end come from the ticket alone.


def test_the_client_cannot_lower_the_difficulty():
    hard = a_ticket(terms=some_terms(pow_bits=28))
    claims = {"bits": 0, "difficulty": 0, "rung": "form", "level": 7, "algorithm": "none", "expires": NOW * 2}
    body = in_json(hard, the_work(a_ticket()), **claims)

    assert verify_body(body, posts(), some_terms(pow_bits=8), AFTER) == Failed(Fault.WRONG_ANSWER, hard)


ALTERED = {
    "easier": {"bits": 0},
    "of another kind": {"rung": Rung.FORM},
    "of a higher level": {"level": Level.CAPTCHA},
    "that never ends": {"expires": NOW * 2},
    "that lasts": {"lasts_s": 1e9},
    "that leads elsewhere": {"target": "//evil.example"},
    "with another id": {"id": b"x" * 16},
}


@pytest.mark.parametrize("changes", ALTERED.values(), ids=ALTERED)
def test_a_ticket_sealed_by_anybody_else_is_forged(changes):
    ticket = replace(a_ticket(), **changes)
    text = ticket.seal(a_keyring(b"the key of an attacker .........")).encode()
    body = in_json(a_ticket()).replace(SEALED["ticket of pow"], text)

    assert verify_body(body, posts(), some_terms(), AFTER) == Failed(Fault.FORGED)


# Types.

WRONG_FOR = {
    str: ["1", "-1", "1.5", "true", "null", "[]", "{}", '["x"]', '"\u00e9"', '"' + "x" * 300 + '"', "1" * 30],
    int: ['"1"', "-1", "1.5", "true", "null", "[]", "{}", "[1]", "100000", "9" * 30, "1e5", "1e999"],
    bool: ["0", "1", '"true"', "null", "[]", "{}", "[true]", "1.0", "9" * 30],
    list: ["0", '"1"', "null", "{}", '["1"]', "[1.5]", "[null]", "[[1]]", "[true]", f"[{'9' * 30}]"],
}
TOLD = {key: told for key, told in the_testimony(a_ticket(Rung.BROWSER)).items() if key != "v"}
CONFUSED = [(key, wrong) for key, told in TOLD.items() for wrong in WRONG_FOR[type(told)]]


@pytest.mark.parametrize(("key", "wrong"), CONFUSED)
def test_every_field_of_a_testimony_has_one_type(key, wrong):
    ticket = a_ticket(Rung.BROWSER)
    body = in_json(ticket, testimony={**the_testimony(ticket), key: "@"}).replace(b'"@"', wrong.encode())
    verdict = verify_body(body, posts(), some_terms(), AFTER)

    assert isinstance(verdict, Failed)
    assert verdict.fault is Fault.MALFORMED


UNTOLD = ["1", '"x"', "true", "null", "[]", "[1]", "[{}]", "9" * 30]


@pytest.mark.parametrize("told", UNTOLD, ids=range(len(UNTOLD)))
def test_a_testimony_is_an_object(told):
    ticket = a_ticket(Rung.BROWSER)
    body = in_json(ticket, testimony="@").replace(b'"@"', told.encode())
    verdict = verify_body(body, posts(), some_terms(), AFTER)

    assert isinstance(verdict, Failed)
    assert verdict.fault is Fault.MALFORMED


def test_a_testimony_of_many_names_is_not_read():
    ticket = a_ticket(Rung.BROWSER)
    body = in_json(ticket, testimony=the_testimony(ticket, **{f"x{number}": 1 for number in range(200)}))
    verdict = verify_body(body, posts(), some_terms(), AFTER)

    assert isinstance(verdict, Failed)
    assert verdict.fault is Fault.MALFORMED


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)
FIELDS = st.sampled_from([*PLAIN, "r", "g", "nf", "mm", "kd", "fua", "wla", "ticket"])


@given(st.dictionaries(FIELDS, JSON_VALUES, max_size=6), JSON_VALUES)
def test_whatever_is_told_nothing_raises_and_nothing_passes_without_work(told, answer):
    ticket = a_ticket(Rung.BROWSER)
    sent = {"ticket": ticket.seal(KEYRING), "answer": answer, "testimony": told}
    body = orjson.dumps(sent, option=orjson.OPT_NON_STR_KEYS, default=str) if encodable(sent) else b"{"

    assert isinstance(verify_body(body, posts(), some_terms(), AFTER), Failed)


def encodable(sent: object) -> bool:
    try:
        orjson.dumps(sent)
    except TypeError:
        return False
    return True


@given(st.dictionaries(FIELDS, JSON_VALUES, max_size=6))
def test_whatever_is_told_after_honest_work_is_judged_and_raises_nothing(told):
    ticket = a_ticket(Rung.BROWSER)
    if not encodable(told):
        return
    body = in_json(ticket, testimony=the_testimony(ticket, **told))

    assert isinstance(verify_body(body, posts(), some_terms(), AFTER), Failed | Solved)


# Ways back.

ELSEWHERE = [
    b"//evil.example",
    b"///evil.example",
    b"/\\evil.example",
    b"\\\\evil.example",
    b"https://evil.example",
    b"javascript:alert(1)",
    b"/%2f/evil.example",
    b"/%5cevil.example",
    b"/%252f%252fevil.example/..",
    b"/..//evil.example",
    b"/.//evil.example",
    b"/x/..//evil.example",
    b"/%2e%2e//evil.example",
    b"/\t/evil.example",
    b"/%09/evil.example",
    b"/%0d%0aLocation:%20//evil.example",
    b"/ok\r\nLocation: //evil.example",
    b"/.stile/answer",
    b"/%2estile/answer",
    b"/x/../.stile/pass",
    b"",
    b"/" + b"a" * 5000,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_way_back_leads_elsewhere(target):
    assert safe_target(target) == "/"


@pytest.mark.parametrize("target", [each for each in ELSEWHERE if b"\r" not in each])
def test_no_referrer_leads_elsewhere(target):
    referrer = b"http://shop.example.com" + target
    request = a_request("/cart", method="POST", headers=(*CHROME, (b"Referer", referrer)))

    assert not return_target(request).startswith(("//", "/\\", "/.stile/", "h"))


@given(st.binary(max_size=60))
def test_a_way_back_is_one_line_of_this_site(target):
    found = safe_target(b"/" + target)

    assert found.startswith("/")
    assert not found.startswith(("//", "/\\", "/.stile/"))
    assert found.isascii()
    assert found.isprintable()
    assert not set(found) & set(" \r\n\t")


@given(st.binary(max_size=60))
def test_no_referrer_raises(content):
    request = a_request("/", method="POST", headers=(*CHROME, (b"Referer", content)))

    assert return_target(request).startswith("/")


# Keys and clocks.

OLD, NEW = b"o" * 32, b"n" * 32


def test_keys_rotate_with_an_overlap_and_end():
    terms = [some_terms(keyring=a_keyring(*keys)) for keys in ((OLD,), (NEW, OLD), (NEW,))]
    ticket = a_ticket(terms=terms[0])
    body = in_json(ticket).replace(ticket.seal(KEYRING).encode(), ticket.seal(terms[0].keyring).encode())
    verdicts = [verify_body(body, posts(), each, AFTER) for each in terms]

    assert [type(each) for each in verdicts] == [Solved, Solved, Failed]


def test_a_clearance_of_the_old_key_is_renewed_with_the_new_one():
    binding = binding_of(a_request(), SITE)
    both, new = a_keyring(NEW, OLD), a_keyring(NEW)
    held = Clearance(Level.BROWSER, NOW, NOW + 9000, binding).seal(a_keyring(OLD)).encode()
    request = with_cookies(b"stile_clearance=" + held)
    earned = earned_clearance(Level.POW, 60.0, request, SITE, both, NOW)
    cookie = value_of(clearance_cookie(earned, request, both, NOW)[1])

    assert (open_clearance(new, held), open_clearance(new, cookie)) == (None, earned)
    assert earned.level is Level.BROWSER


def test_a_node_whose_clock_is_behind_takes_the_answer_and_asks_for_no_more_patience():
    work, form, step = a_ticket(Rung.POW), a_ticket(Rung.FORM), a_ticket(Rung.COOKIE)

    assert verify_body(in_json(work), posts(), some_terms(), NOW - 5) == Solved(work, 0, moved=False)
    early = verify_body(in_form(form), posts(FORM_TYPE), some_terms(), NOW - 5)
    assert isinstance(early, TooEarly)
    assert early.seconds == form.wait_s
    assert isinstance(verify_address(comes(step, marks(Mark.VISIT)), some_terms(), NOW - 5), Solved)


# Costs.

TICKET = a_ticket()
BROWSER = a_ticket(Rung.BROWSER)
SENT: dict[str, tuple[bytes, bytes]] = {
    "a megabyte of JSON": (b'{"ticket": "' + b"x" * (1 << 20) + b'"}', JSON_TYPE),
    "a megabyte of form": (b"ticket=" + b"x" * (1 << 20), FORM_TYPE),
    "as much JSON as is read": (
        b'{"ticket": "' + b"x" * (MAX_SCRIPT_BYTES - 40) + b'", "answer": ""}',
        JSON_TYPE,
    ),
    "deep JSON": (b"[" * MAX_SCRIPT_BYTES, JSON_TYPE),
    "many keys": (b"{" + b",".join(b'"%d":1' % n for n in range(1500)) + b"}", JSON_TYPE),
    "as many dots as are read": (in_json(TICKET, "." * 15_000), JSON_TYPE),
    "as many digits as are read": (in_json(TICKET, "9" * 15_000), JSON_TYPE),
    "wrong work in every piece": (in_json(TICKET, ".".join(["1"] * 16)), JSON_TYPE),
    "a forged ticket of full length": (orjson.dumps({"ticket": "A" * 4096, "answer": "1"}), JSON_TYPE),
    "as much form as is read": (b"ticket=" + b"x" * (MAX_FORM_BYTES - 7), FORM_TYPE),
    "as much of an escaped form": (b"ticket=" + b"%41" * (MAX_FORM_BYTES // 3 - 3), FORM_TYPE),
    "as many plus signs": (b"ticket=" + b"+" * (MAX_FORM_BYTES - 7), FORM_TYPE),
    "as many ampersands": (b"&" * MAX_FORM_BYTES, FORM_TYPE),
    "a wide testimony": (in_json(BROWSER, testimony={f"k{n}": [1] * 8 for n in range(120)}), JSON_TYPE),
}


def took(body: bytes, content_type: bytes) -> float:
    request, terms = posts(content_type), some_terms()
    times = []
    for _ in range(15):
        started = perf_counter()
        verdict = verify_body(body, request, terms, AFTER)
        times.append(perf_counter() - started)
        assert not isinstance(verdict, Solved) or body == GOOD
    return median(times)


GOOD = in_json(BROWSER)
SLOWEST = 20.0  # times a good answer of the browser rung


@pytest.mark.parametrize(("body", "content_type"), SENT.values(), ids=SENT)
def test_nothing_hostile_costs_much_more_than_a_good_answer(body, content_type):
    good = took(GOOD, JSON_TYPE)

    assert took(body, content_type) <= SLOWEST * good
