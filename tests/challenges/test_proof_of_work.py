from hashlib import sha256

import pytest

from challenges.proof_of_work import is_solved, leading_zero_bits

ID = "AAECAwQFBgcICQoLDA0ODw"

# found with sha256sum: 00 1e…, 000c 38…, 0000 562…, 0000 1b3…
VECTORS = {8: "13", 12: "1619", 15: "86645", 18: "170767"}
ZEROS = {
    b"\x80": 0,
    b"\x7f": 1,
    b"\x01": 7,
    b"\x00\xff": 8,
    b"\x00\x10": 11,
    b"\x00\x00\x01": 23,
    b"\x00" * 32: 256,
}


@pytest.mark.parametrize(("digest", "bits"), ZEROS.items())
def test_counts_bits_and_not_digits(digest, bits):
    assert leading_zero_bits(digest) == bits


@pytest.mark.parametrize(("bits", "counter"), VECTORS.items())
def test_takes_a_right_counter(bits, counter):
    assert is_solved(ID, counter, bits)


@pytest.mark.parametrize(("bits", "counter"), VECTORS.items())
def test_does_not_take_less_work_than_was_asked(bits, counter):
    had = leading_zero_bits(sha256(f"{ID}:{counter}".encode()).digest())

    assert not is_solved(ID, counter, had + 1)


def test_does_not_take_the_work_for_another_ticket():
    assert not is_solved("BBECAwQFBgcICQoLDA0ODw", VECTORS[12], 12)


# with 0 bits every hash is right, so only the spelling can be wrong
SPELLINGS = {
    "empty": "",
    "signed": "+1",
    "negative": "-1",
    "spaced": " 1",
    "grouped": "1_000",
    "padded": "01",
    "a fraction": "1.0",
    "hexadecimal": "ff",
    "other digits": "١٢",
    "superscript": "²",
    "too long": "1" * 17,
    "enormous": "1" * 100_000,
    "null": "1\x00",
}


@pytest.mark.parametrize("counter", SPELLINGS.values(), ids=SPELLINGS)
def test_a_counter_has_one_spelling(counter):
    assert not is_solved(ID, counter, 0)


@pytest.mark.parametrize("counter", ["0", "7", "9007199254740991"])
def test_no_bits_are_always_solved(counter):
    assert is_solved(ID, counter, 0)
