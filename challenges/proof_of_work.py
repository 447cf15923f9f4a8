"""Work is proven by hashes: SHA-256 of id, place and counter begins with as many zero bits as asked.

Sixteen small pieces instead of a large one: they take about as long each time, so that the bar in the page
can be true, and a slow device can stop when its time is over and still show what it did.
"""

from hashlib import sha256

PIECES = 16
PIECE_BITS = 4  # 2**4 pieces: each is asked for so many bits less than the whole
LEAST_PIECES = 2  # of a device that worked for all its time; one alone may be luck
MAX_BITS = 28
# By bits: a digest with so many leading zero bits is less, byte by byte as well as as a number.
_BOUNDS = (b"\xff" * 33, *((1 << (256 - bits)).to_bytes(32, "big") for bits in range(1, MAX_BITS + 1)))
MAX_COUNTER_DIGITS = 16  # what JavaScript counts exactly: 2**53 has 16 digits


def is_done(ticket_id: str, answer: str, bits: int, *, in_time: bool) -> bool:
    """True where `answer` holds enough right pieces for work of `bits`, and no wrong one.

    `answer` is a counter for each piece, joined by dots, empty where a piece is missing. `in_time` is false
    where the time budget has passed, as we measured it: then LEAST_PIECES will do.
    """
    counters = answer.split(".", PIECES)
    if len(counters) != PIECES:
        return False
    sent = [(place, counter) for place, counter in enumerate(counters) if counter]
    if len(sent) < (PIECES if in_time else LEAST_PIECES):
        return False
    return all(is_piece(ticket_id, place, counter, bits - PIECE_BITS) for place, counter in sent)


def is_piece(ticket_id: str, place: int, counter: str, bits: int) -> bool:
    """True where `counter` is a plain decimal number whose hash has at least `bits` leading zero bits."""
    if not 0 < len(counter) <= MAX_COUNTER_DIGITS or not (counter.isascii() and counter.isdigit()):
        return False
    if counter[0] == "0" and counter != "0":
        return False
    return sha256(f"{ticket_id}:{place}:{counter}".encode()).digest() < _BOUNDS[bits]
