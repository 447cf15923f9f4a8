"""A fingerprint that a front tells, and one that somebody else only says."""

import pytest

from detectors.request import Tls
from proxy.http1.header_block import block_of
from proxy.tls.front import told_tls, without_fields

JA4 = b"t13d1516h2_8daaf6152771_e5627efa2ab1"
OTHER = b"t13d1715h2_5b57614c22b0_3d5424432f57"
NAMES = (b"cf-ja4", b"x-ja4")
Fields = list[tuple[bytes, bytes]]

TOLD: dict[str, tuple[Fields, bytes | None]] = {
    "one": ([(b"X-JA4", JA4)], JA4),
    "white space around it": ([(b"x-ja4", JA4 + b" \t")], JA4),
    "the first name before the second": ([(b"X-JA4", OTHER), (b"CF-JA4", JA4)], JA4),
    "a name that holds none": ([(b"CF-JA4", b"-"), (b"X-JA4", JA4)], JA4),
    "twice: the front's own stands last": ([(b"X-JA4", OTHER), (b"X-JA4", JA4)], JA4),
    "no JA4": ([(b"X-JA4", b"' or 1=1")], None),
    "of 100 KB": ([(b"X-JA4", JA4 * 3000)], None),
    "bytes that are no text": ([(b"X-JA4", b"\xff" * 36)], None),
    "another header": ([(b"X-JA4-Raw", JA4)], None),
    "two in one": ([(b"X-JA4", JA4 + b", " + JA4)], None),
}


@pytest.mark.parametrize(("fields", "ja4"), TOLD.values(), ids=TOLD)
def test_takes_a_fingerprint_and_nothing_else(fields: Fields, ja4: bytes | None) -> None:
    block = block_of([(b"Host", b"a"), *fields], "1.1", 100)

    assert told_tls(block, NAMES) == (None if ja4 is None else Tls("", "", ja4.decode()))


TAKEN_AWAY = {
    "as configured": b"X-JA4: forged\r\n",
    "in other letters": b"x-jA4: forged\r\n",
    "with an underscore, which CGI reads as a hyphen": b"X_JA4: forged\r\n",
    "empty": b"CF-JA4: \r\n",
    "twice": b"X-JA4: one\r\nCF_ja4: two\r\n",
}


@pytest.mark.parametrize("line", TAKEN_AWAY.values(), ids=TAKEN_AWAY)
def test_a_forged_line_goes_and_the_others_stay(line: bytes) -> None:
    before, after = b"Accept: X-JA4: x\r\n", b"X-JA4-Raw: y\r\nNot-X-JA4: z\r\n"

    assert without_fields(before + line + after, NAMES) == before + after


def test_without_names_nothing_goes() -> None:
    assert without_fields(b"X-JA4: x\r\n", ()) == b"X-JA4: x\r\n"
