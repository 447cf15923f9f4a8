"""Work is proven by one hash: SHA-256 of id, colon and counter begins with as many zero bits as asked."""

from hashlib import sha256

MAX_BITS = 32  # the page's search looks at the first 32 bits of a hash
MAX_COUNTER_DIGITS = 16  # what JavaScript counts exactly: 2**53 has 16 digits


def is_solved(ticket_id: str, counter: str, bits: int) -> bool:
    """True where `counter` is a plain decimal number whose hash has at least `bits` leading zero bits."""
    if not 0 < len(counter) <= MAX_COUNTER_DIGITS or not (counter.isascii() and counter.isdigit()):
        return False
    if counter[0] == "0" and counter != "0":
        return False
    return leading_zero_bits(sha256(f"{ticket_id}:{counter}".encode()).digest()) >= bits


def leading_zero_bits(digest: bytes) -> int:
    """How many bits of `digest` are zero before the first one."""
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()
