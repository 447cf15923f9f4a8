from dataclasses import replace

import pytest

from challenges.login import TTL_S, Login, login_cookie, login_of, logout_cookie
from tests.support.challenges import NOW, a_keyring, a_ticket, with_cookies
from tests.support.requests import a_request

ANNE, OWNER = "0123456789abcdef", "shop/s=AAECAwQFBgcICQoL"
SEALED = login_cookie(ANNE, OWNER, a_request(), a_keyring(), NOW)[1].partition(b";")[0]
VALUE = SEALED.partition(b"=")[2]


def read(cookies: bytes, owner: str = OWNER, now: float = NOW) -> Login | None:
    return login_of(with_cookies(cookies), owner, a_keyring(), now)


def test_it_comes_back_as_it_was_said():
    assert read(SEALED) == Login(ANNE, NOW + TTL_S)


def test_it_is_small_and_out_of_reach_of_scripts():
    name, field = login_cookie(ANNE, OWNER, replace(a_request(), scheme="https"), a_keyring(), NOW)

    assert (name, len(VALUE) <= 128, b"HttpOnly" in field, b"Secure" in field) == (b"Set-Cookie", *[True] * 3)


NOBODY = {
    "none": (b"", OWNER, NOW),
    "empty": (b"stile_account=", OWNER, NOW),
    "chosen by the client": (b"stile_account=" + ANNE.encode(), OWNER, NOW),
    "cut": (SEALED[:-1], OWNER, NOW),
    "a ticket": (b"stile_account=" + a_ticket().seal(a_keyring()).encode(), OWNER, NOW),
    "of another session": (SEALED, "shop/s=BBECAwQFBgcICQoL", NOW),
    "of another site": (SEALED, "other/s=AAECAwQFBgcICQoL", NOW),
    "too old": (SEALED, OWNER, NOW + TTL_S),
}


@pytest.mark.parametrize(("cookies", "owner", "now"), NOBODY.values(), ids=NOBODY)
def test_anything_else_names_nobody(cookies, owner, now):
    assert read(cookies, owner, now) is None


def test_no_changed_byte_names_anybody():
    changed = [VALUE[:at] + bytes([VALUE[at] ^ 1]) + VALUE[at + 1 :] for at in range(len(VALUE))]

    assert {read(b"stile_account=" + text) for text in changed} == {None}


def test_the_good_one_of_several_counts():
    assert read(b"stile_account=bad; " + SEALED) == Login(ANNE, NOW + TTL_S)


@pytest.mark.parametrize(("after", "old"), [(0.0, False), (0.6, True)])
def test_it_is_worth_sealing_anew_in_the_second_half_of_its_time(after, old):
    assert Login(ANNE, NOW + TTL_S).grows_old(NOW + after * TTL_S) is old


def test_what_is_no_account_is_refused():
    with pytest.raises(ValueError, match="8 bytes"):
        login_cookie("abcd", OWNER, a_request(), a_keyring(), NOW)


def test_a_logout_takes_it_away():
    assert logout_cookie(a_request())[1].startswith(b"stile_account=; Max-Age=0; Path=/")
