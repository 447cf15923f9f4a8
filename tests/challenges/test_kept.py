import pytest

from challenges.kept import FIELD, MAX_BODY_BYTES, Kept, may_be_kept, open_kept, seal_kept
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
