import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.keyring import Keyring, Purpose
from tests.support.challenges import a_keyring

NOTE = Purpose("note", "bsif", max_chars=256)
FIELDS = (b"\x00\xff", "naïve \udcff", -7, 2.5)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OLD, NEW = b"o" * 32, b"n" * 32


@given(
    st.tuples(
        st.binary(max_size=40),
        st.text(max_size=20),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False),
    )
)
def test_opens_what_it_sealed(fields):
    keyring = a_keyring()

    assert keyring.open(NOTE, keyring.seal(NOTE, fields)) == fields


def test_refuses_every_text_that_differs_in_one_character():
    keyring = a_keyring()
    sealed = keyring.seal(NOTE, FIELDS)
    changed = [
        sealed[:at] + character + sealed[at + 1 :]
        for at in range(len(sealed))
        for character in (*ALPHABET, "+", "/", "=", " ", "é", "\x00")
        if character != sealed[at]
    ]

    assert [text for text in changed if keyring.open(NOTE, text) is not None] == []


def test_refuses_every_text_with_one_bit_of_its_bytes_flipped():
    keyring = a_keyring()
    sealed = keyring.seal(NOTE, FIELDS).encode()
    flipped = [
        sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :]
        for at in range(len(sealed))
        for bit in range(8)
    ]

    assert [text for text in flipped if keyring.open(NOTE, text) is not None] == []


def test_refuses_every_shortened_or_lengthened_text():
    keyring = a_keyring()
    sealed = keyring.seal(NOTE, FIELDS)
    others = [sealed[:length] for length in range(len(sealed))] + [
        sealed + end for end in ("A", "=", "AA", "\n")
    ]

    assert [text for text in others if keyring.open(NOTE, text) is not None] == []


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_never_raises_on_what_it_did_not_seal(text):
    assert a_keyring().open(NOTE, text) is None


OTHER_PURPOSES = {
    "another name": Purpose("other", NOTE.layout, 256),
    "another layout": Purpose("note", "sbif", 256),
    "fewer fields": Purpose("note", "bsi", 256),
    "a smaller cap": Purpose("note", NOTE.layout, 20),
}


@pytest.mark.parametrize("purpose", OTHER_PURPOSES.values(), ids=OTHER_PURPOSES)
def test_refuses_what_was_sealed_for_another_purpose(purpose):
    keyring = a_keyring()

    assert keyring.open(purpose, keyring.seal(NOTE, FIELDS)) is None


def test_opens_with_every_secret_so_that_they_can_be_rotated():
    sealed = a_keyring(OLD).seal(NOTE, FIELDS)

    assert a_keyring(NEW, OLD).open(NOTE, sealed) == FIELDS


def test_seals_with_the_first_secret():
    sealed = a_keyring(NEW, OLD).seal(NOTE, FIELDS)

    assert (a_keyring(NEW).open(NOTE, sealed), a_keyring(OLD).open(NOTE, sealed)) == (FIELDS, None)


BAD_SECRETS = {"none": (), "empty": (b"",), "short": (b"x" * 15,), "one of two": (OLD, b"short")}


@pytest.mark.parametrize("secrets", BAD_SECRETS.values(), ids=BAD_SECRETS)
def test_a_bad_secret_is_refused(secrets):
    with pytest.raises(ValueError, match="secret"):
        Keyring(secrets)


UNFIT = {
    "too few": (b"", "", 1),
    "too many": (b"", "", 1, 1.0, 1),
    "bytes for text": (b"", b"", 1, 1.0),
    "text for bytes": ("", "", 1, 1.0),
    "float for integer": (b"", "", 1.0, 1.0),
    "too long for the purpose": (b"x" * 300, "", 1, 1.0),
    "too long for any field": (b"x" * 70_000, "", 1, 1.0),
}


@pytest.mark.parametrize("fields", UNFIT.values(), ids=UNFIT)
def test_refuses_to_seal_what_does_not_fit(fields):
    with pytest.raises(ValueError, match=r"fit|characters|bytes"):
        a_keyring().seal(NOTE, fields)


def test_fields_cannot_run_into_each_other():
    keyring = a_keyring()
    two_texts = Purpose("pair", "ss", 128)

    assert keyring.seal(two_texts, ("ab", "c")) != keyring.seal(two_texts, ("a", "bc"))
