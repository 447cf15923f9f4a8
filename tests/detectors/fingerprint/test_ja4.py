"""JA4 by its public description, case by case; the published vectors are in test_ja4_vectors."""

import hashlib

import pytest

from detectors.fingerprint.client_hello import client_hello_of
from detectors.fingerprint.ja4 import NOTHING, is_ja4, ja4_of
from tests.support.hellos import (
    CHROME_CIPHERS,
    GREASE,
    SIGNATURES,
    browser_hello,
    groups,
    hello,
    protocols,
    records,
    second_ja4,
    server_name,
    signatures,
    versions,
)

STARTS = {
    "TLS 1.3 in supported_versions": (hello([versions(0x0303, 0x0304)]), "t13i010100"),
    "GREASE is no version": (hello([versions(GREASE, 0x0303)]), "t12i010100"),
    "TLS 1.2": (hello([]), "t12i010000"),
    "TLS 1.1": (hello([], legacy=0x0302), "t11i010000"),
    "TLS 1.0": (hello([], legacy=0x0301), "t10i010000"),
    "SSL 3.0 without a block of extensions": (hello(None, legacy=0x0300), "s3i010000"),
    "an unknown version": (hello([], legacy=0x0999), "t00i010000"),
    "a name": (hello([server_name(b"a.example")]), "t12d010100"),
    "an empty server_name counts as one": (hello([(0, b"")]), "t12d010100"),
    "GREASE is no cipher": (hello([], (GREASE, 0x1301, 0x1302)), "t12i020000"),
    "GREASE is no extension": (hello([(GREASE, b""), (23, b"")]), "t12i010100"),
    "more than 99 ciphers": (hello([], range(0x1301, 0x1301 + 150)), "t12i990000"),
    "more than 99 extensions": (hello([(kind, b"") for kind in range(100, 230)]), "t12i019900"),
    "h2": (hello([protocols(b"h2", b"http/1.1")]), "t12i0101h2"),
    "http/1.1": (hello([protocols(b"http/1.1")]), "t12i0101h1"),
    "one letter": (hello([protocols(b"x")]), "t12i0101xx"),
    "an empty list": (hello([protocols()]), "t12i010100"),
    "an empty name": (hello([protocols(b"")]), "t12i010100"),
    "not ASCII": (hello([protocols(b"\xba\xad")]), "t12i010199"),
    "ASCII first": (hello([protocols(b"0\xab")]), "t12i010109"),
    "no letter": (hello([protocols(b"-x-")]), "t12i01012d"),
    "GREASE as a protocol": (hello([protocols(b"\x0a\x0a")]), "t12i01010a"),
}


@pytest.mark.parametrize(("message", "start"), STARTS.values(), ids=STARTS)
def test_begins_with_what_can_be_read(message: bytes, start: str) -> None:
    found = ja4_of(client_hello_of(message))

    assert found.partition("_")[0] == start if len(start) == 10 else found.startswith("t" + start)
    assert is_ja4(found)


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


HASHES = {
    "ciphers, sorted": (hello([], (0x1303, 0x1301, GREASE)), hashed("1301,1303"), NOTHING),
    "no ciphers": (hello([], ()), NOTHING, NOTHING),
    "only GREASE": (hello([(GREASE, b"")], (GREASE,)), NOTHING, NOTHING),
    "extensions, sorted, without name and protocols": (
        hello([server_name(b"a"), (0x2B, b""), protocols(b"h2"), (5, b"")]),
        hashed("1301"),
        hashed("0005,002b"),
    ),
    "signature algorithms, as they come": (
        hello([signatures(0x0804, 0x0403), (23, b"")]),
        hashed("1301"),
        hashed("000d,0017_0804,0403"),
    ),
    "an empty list of them": (hello([signatures()]), hashed("1301"), hashed("000d")),
    "GREASE among them": (hello([signatures(GREASE, 0x0403)]), hashed("1301"), hashed("000d_0403")),
    "nothing but a name": (hello([server_name(b"a")]), hashed("1301"), NOTHING),
}


@pytest.mark.parametrize(("message", "ciphers", "extensions"), HASHES.values(), ids=HASHES)
def test_ends_with_two_hashes(message: bytes, ciphers: str, extensions: str) -> None:
    _, *found = ja4_of(client_hello_of(message)).split("_")

    assert found == [ciphers, extensions]


def test_is_the_same_whatever_the_order_of_extensions() -> None:
    parts = [server_name(b"a"), protocols(b"h2"), signatures(*SIGNATURES), groups(GREASE, 29), (23, b"")]
    turned = [[*parts[turn:], *parts[:turn]] for turn in range(len(parts))]

    assert len({ja4_of(client_hello_of(hello(one, CHROME_CIPHERS))) for one in turned}) == 1


def test_agrees_with_a_second_reading() -> None:
    message = browser_hello()

    assert ja4_of(client_hello_of(message)) == second_ja4(records(message, 700))


@pytest.mark.parametrize("transport", "tqd")
def test_names_the_transport(transport: str) -> None:
    assert ja4_of(client_hello_of(hello()), transport)[0] == transport


NO_JA4 = {
    "empty": "",
    "cut": "t13d1516h2_8daaf6152771_e5627efa2ab",
    "longer": "t13d1516h2_8daaf6152771_e5627efa2ab1a",
    "a line end": "t13d1516h2_8daaf6152771_e5627efa2ab1\n",
    "upper case": "t13d1516h2_8DAAF6152771_e5627efa2ab1",
    "another method": "ge11cn20enus_60ca1bd65281_ac95b44401d9_8df6a44f726c",
    "raw": "t13d1516h2_1301,1302_000d",
    "another transport": "x13d1516h2_8daaf6152771_e5627efa2ab1",
}


@pytest.mark.parametrize("text", NO_JA4.values(), ids=NO_JA4)
def test_knows_what_has_not_its_shape(text: str) -> None:
    assert not is_ja4(text)
