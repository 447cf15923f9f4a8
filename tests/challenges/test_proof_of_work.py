from hashlib import sha256

import pytest

from challenges.proof_of_work import LEAST_PIECES, MAX_BITS, PIECE_BITS, PIECES, is_done, is_piece
from tests.support.challenges import a_ticket, the_piece, the_work

ID = "AAECAwQFBgcICQoLDA0ODw"
# found with sha256sum of "ID:3:counter": 00 6d…, 0000 b2…, 0000 12…
VECTORS = {8: the_piece(ID, 3, 8), 12: the_piece(ID, 3, 12), 15: the_piece(ID, 3, 15)}


def zero_bits(counter: str) -> int:
    """How many bits of this piece's digest are zero before the first one."""
    return 256 - int.from_bytes(sha256(f"{ID}:3:{counter}".encode()).digest(), "big").bit_length()


@pytest.mark.parametrize("counter", [str(number) for number in range(300)])
def test_counts_bits_and_not_digits(counter):
    had = zero_bits(counter)

    assert [is_piece(ID, 3, counter, bits) for bits in range(MAX_BITS + 1)] == [
        bits <= had for bits in range(MAX_BITS + 1)
    ]


@pytest.mark.parametrize(("bits", "counter"), VECTORS.items())
def test_takes_a_right_piece(bits, counter):
    assert is_piece(ID, 3, counter, bits)


@pytest.mark.parametrize(("bits", "counter"), VECTORS.items())
def test_does_not_take_less_work_than_was_asked(bits, counter):
    assert not is_piece(ID, 3, counter, zero_bits(counter) + 1)


OTHERS = {"another ticket": ("BBECAwQFBgcICQoLDA0ODw", 3), "another place": (ID, 4)}


@pytest.mark.parametrize(("ticket_id", "place"), OTHERS.values(), ids=OTHERS)
def test_does_not_take_the_work_for(ticket_id, place):
    assert not is_piece(ticket_id, place, VECTORS[15], 15)


# with 0 bits every hash is right, so only the spelling can be wrong
SPELLINGS = {
    "empty": "",
    "signed": "+1",
    "negative": "-1",
    "spaced": " 1",
    "grouped": "1_000",
    "padded": "01",
    "hexadecimal": "ff",
    "other digits": "١٢",
    "superscript": "²",
    "too long": "1" * 17,
    "enormous": "1" * 100_000,
    "null": "1\x00",
    "a lone surrogate": "\ud800",
}


@pytest.mark.parametrize("counter", SPELLINGS.values(), ids=SPELLINGS)
def test_a_counter_has_one_spelling(counter):
    assert not is_piece(ID, 0, counter, 0)


@pytest.mark.parametrize("counter", ["0", "7", "9007199254740991"])
def test_no_bits_are_always_found(counter):
    assert is_piece(ID, 0, counter, 0)


TICKET = a_ticket()
WHOLE = the_work(TICKET)
COUNTERS = WHOLE.split(".")
ANSWERS = {
    "all of it": (WHOLE, True, True),
    "two pieces in time": (the_work(TICKET, 2), False, True),
    "all but one": (the_work(TICKET, PIECES - 1), False, True),
    "one piece": (the_work(TICKET, 1), False, False),
    "none": ("." * (PIECES - 1), False, False),
    "nothing": ("", False, False),
    "too many pieces": (WHOLE + "." + COUNTERS[0], False, False),
    "too few places": (".".join(COUNTERS[:-1]), False, False),
    "pieces in other places": (".".join(reversed(COUNTERS)), False, False),
    "the same piece again": (".".join([COUNTERS[0]] * PIECES), False, False),
    "two right and one wrong": (the_work(TICKET, 2)[:-1] + "x", False, False),
    "dots alone": ("." * 16_000, False, False),
}


@pytest.mark.parametrize(("answer", "in_time", "late"), ANSWERS.values(), ids=ANSWERS)
def test_all_pieces_count_and_some_will_do_when_the_time_is_over(answer, in_time, late):
    done = [is_done(TICKET.id_text, answer, TICKET.bits, in_time=early) for early in (True, False)]

    assert done == [in_time, late]


def test_the_pieces_together_are_the_whole():
    assert (2**PIECE_BITS, LEAST_PIECES > 1) == (PIECES, True)
