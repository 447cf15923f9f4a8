import pytest

from challenges.session import Sessions, session_key
from tests.support.challenges import NONCE, a_keyring, a_ticket, with_cookies
from tests.support.requests import a_request


def a_cookie(id_: bytes = NONCE) -> bytes:
    return Sessions(a_keyring()).cookie(id_, a_request())[1].partition(b";")[0]


def test_its_key_is_short_and_stable():
    sessions = Sessions(a_keyring())
    keys = [sessions.key_of(with_cookies(a_cookie())) for _ in range(3)]

    assert keys == ["AAECAwQFBgcICQoL"] * 3


def test_its_key_survives_a_rotation_of_secrets():
    rotated = Sessions(a_keyring(b"n" * 32, b"a secret of thirty-two bytes ....."))

    assert rotated.key_of(with_cookies(a_cookie())) == session_key(NONCE)


def test_two_ids_have_two_keys():
    sessions = Sessions(a_keyring())

    assert sessions.key_of(with_cookies(a_cookie(b"x" * 16))) != sessions.key_of(
        with_cookies(a_cookie(b"y" * 16))
    )


VALUE = a_cookie().partition(b"=")[2]
NOT_OURS = {
    "none": b"",
    "empty": b"stile_session=",
    "chosen by the client": b"stile_session=AAECAwQFBgcICQoLDA0ODw",
    "cut": b"stile_session=" + VALUE[:-1],
    "lengthened": b"stile_session=" + VALUE + b"A",
    "oversized": b"stile_session=" + b"A" * 10_000,
    "a ticket": b"stile_session=" + a_ticket().seal(a_keyring()).encode(),
    "bytes": b"stile_session=\xff\x00",
}


@pytest.mark.parametrize("cookies", NOT_OURS.values(), ids=NOT_OURS)
def test_a_cookie_that_is_not_ours_names_no_session(cookies):
    assert Sessions(a_keyring()).key_of(with_cookies(cookies)) is None


def test_no_changed_byte_names_a_session():
    sessions = Sessions(a_keyring())
    changed = [VALUE[:at] + bytes([VALUE[at] ^ 1]) + VALUE[at + 1 :] for at in range(len(VALUE))]

    assert {sessions.key_of(with_cookies(b"stile_session=" + text)) for text in changed} == {None}


def test_the_good_one_of_several_counts():
    assert Sessions(a_keyring()).key_of(with_cookies(b"stile_session=bad; " + a_cookie())) == session_key(
        NONCE
    )


def test_an_id_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        Sessions(a_keyring()).cookie(b"short", a_request())
