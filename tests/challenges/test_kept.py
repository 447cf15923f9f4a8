import pytest

from challenges.kept import (
    FIELD,
    MAX_BODY_BYTES,
    MAX_FACTS_BYTES,
    Kept,
    is_foreign,
    may_be_kept,
    open_kept,
    seal_kept,
)
from detectors.request import Request
from tests.support.challenges import FORM_TYPE, NOW, SITE, a_keyring
from tests.support.requests import CHROME, a_request

BODY = b"user=anne&password=\xff\x00secret"


def a_form(path: str = "/cart", *, content_type: bytes = FORM_TYPE, method: str = "POST", **facts) -> Request:
    return a_request(path, method=method, headers=(*CHROME, (b"Content-Type", content_type)), **facts)


def locked(body: bytes = BODY, request: Request | None = None, site: str = SITE) -> bytes:
    return FIELD + seal_kept(request or a_form(), site, body, a_keyring(), NOW, NOW + 300).encode()


def opened(sent: bytes, request: Request | None = None, *, site: str = SITE, now: float = NOW) -> Kept | None:
    return open_kept(sent, request or a_form(), site, a_keyring(), now)


@pytest.mark.parametrize("end", [b"", b"\r\n"], ids=["bare", "as browsers send it"])
def test_what_was_sent_comes_back(end):
    assert opened(locked() + end) == Kept(FORM_TYPE.decode(), BODY, "/cart")


def test_nobody_reads_it_on_the_way():
    assert b"password" not in locked()


@pytest.mark.parametrize("size", [0, 1, MAX_BODY_BYTES])
def test_every_size_up_to_the_cap_is_kept(size):
    kept = opened(locked(b"x" * size))

    assert kept is not None
    assert len(kept.body) == size


def test_what_is_larger_is_not():
    assert locked(b"x" * (MAX_BODY_BYTES + 1)) == FIELD


HEADLESS = ((b"User-Agent", b"curl/8"), (b"Content-Type", FORM_TYPE))
REFUSED = {
    "another site": (locked(), a_form(), "blog", NOW),
    "another browser": (locked(), a_request("/cart", method="POST", headers=HEADLESS), SITE, NOW),
    "too late": (locked(), a_form(), SITE, NOW + 300),
    "cut": (locked()[:-1], a_form(), SITE, NOW),
    "another field's name": (locked().replace(FIELD, b"kept="), a_form(), SITE, NOW),
    "two lines": (locked() + b"\r\nx=1", a_form(), SITE, NOW),
    "nothing": (b"", a_form(), SITE, NOW),
    "the field alone": (FIELD, a_form(), SITE, NOW),
}


@pytest.mark.parametrize(("sent", "request_", "site", "now"), REFUSED.values(), ids=REFUSED)
def test_it_is_for_one_browser_one_site_and_a_short_time(sent, request_, site, now):
    assert opened(sent, request_, site=site, now=now) is None


def test_no_changed_byte_opens():
    sent = locked()
    changed = [sent[:at] + bytes([sent[at] ^ 1]) + sent[at + 1 :] for at in range(len(sent))]

    assert [text for text in changed if opened(text) is not None] == []


def test_it_remembers_where_it_was_going():
    kept = opened(locked(request=a_form("/pay", query="step=2")), a_form("/elsewhere"))

    assert kept is not None
    assert kept.target == "/pay?step=2"


UNSAFE = {"another host": "//evil.example/x", "our own": "/.stile/answer", "too long": "/" + "x" * 3000}


@pytest.mark.parametrize("path", UNSAFE.values(), ids=UNSAFE)
def test_what_goes_to_no_safe_address_is_not_kept_for_the_front_page_instead(path):
    assert locked(request=a_form(path)) == FIELD


MAY = {
    "a form": (a_form(), 10, True),
    "a form of a size to be seen": (a_form(), None, True),
    "with a charset": (a_form(content_type=FORM_TYPE + b"; charset=utf-8"), 10, True),
    "an upload": (a_form(content_type=b"multipart/form-data; boundary=x"), 10, True),
    "in capitals": (a_form(content_type=FORM_TYPE.upper()), 10, True),
    "the largest": (a_form(), MAX_BODY_BYTES, True),
    "larger": (a_form(), MAX_BODY_BYTES + 1, False),
    "json": (a_form(content_type=b"application/json"), 10, False),
    "of no type": (a_form(content_type=b""), 10, False),
    "another method": (a_form(method="PUT"), 10, False),
}


@pytest.mark.parametrize(("request_", "length", "may"), MAY.values(), ids=MAY)
def test_only_what_forms_send_is_kept(request_, length, may):
    assert may_be_kept(request_, length) is may


LONG_TYPES = {
    "letters": b"text/plain; x=" + b"x" * MAX_FACTS_BYTES,
    "bytes that take two": b"text/plain; x=" + b"\xe4" * (MAX_FACTS_BYTES // 2),
}


@pytest.mark.parametrize("content_type", LONG_TYPES.values(), ids=LONG_TYPES)
def test_a_type_that_leaves_no_room_is_no_fault_but_not_kept(content_type):
    assert locked(b"x" * MAX_BODY_BYTES, a_form(content_type=content_type)) == FIELD


def test_the_longest_type_target_and_body_fit_together():
    longest = a_form("/" + "x" * 2000, content_type=b"text/plain; x=" + b"x" * (MAX_FACTS_BYTES - 14))

    assert locked(b"x" * MAX_BODY_BYTES, longest) != FIELD


def sent_from(**said: bytes) -> Request:
    fields = tuple((name.replace("_", "-").encode(), content) for name, content in said.items())
    headers = (*(field for field in CHROME if field[0] != b"Sec-Fetch-Site"), *fields)
    return a_request("/cart", method="POST", headers=(*headers, (b"Content-Type", FORM_TYPE)))


FROM = {
    "this site": (sent_from(Sec_Fetch_Site=b"same-origin"), False),
    "nowhere": (sent_from(Sec_Fetch_Site=b"none"), False),
    "another site": (sent_from(Sec_Fetch_Site=b"cross-site"), True),
    "another host of ours": (sent_from(Sec_Fetch_Site=b"same-site"), True),
    "another site, on plain http": (sent_from(Origin=b"http://evil.test"), True),
    "this site, on plain http": (sent_from(Origin=b"http://shop.example.com:8080"), False),
    "a sandbox": (sent_from(Origin=b"null"), True),
    "no address": (sent_from(Origin=b"http://["), True),
    "an old browser": (sent_from(), False),
}


@pytest.mark.parametrize(("request_", "foreign"), FROM.values(), ids=FROM)
def test_the_browser_says_where_a_form_comes_from(request_, foreign):
    assert is_foreign(request_) is foreign


def test_a_form_of_another_site_remembers_what_it_came_with():
    kept = opened(locked(request=sent_from(Sec_Fetch_Site=b"cross-site", Cookie=b"theme=dark")))

    assert kept is not None
    assert kept.sender == b"Sec-Fetch-Site: cross-site\r\nCookie: theme=dark\r\n"
