"""Hellos as browsers send them, and bytes that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detectors.fingerprint.client_hello import (
    MOST_REMEMBERED,
    BadHello,
    ClientHello,
    _listed,
    _numbers,
    _protocols,
    _server_name,
    client_hello_of,
)
from detectors.fingerprint.ja4 import _remembered, is_ja4, ja4_of
from tests.support.hellos import (
    CHROME_CIPHERS,
    GREASE,
    SIGNATURES,
    browser_hello,
    groups,
    hello,
    protocols,
    server_name,
    sized,
    versions,
)


def test_reads_all_that_a_browser_offers() -> None:
    assert client_hello_of(browser_hello(b"Shop.Example")) == ClientHello(
        legacy_version=0x0303,
        versions=(0x0304, 0x0303),
        named=True,
        server_name="shop.example",
        alpn=(b"h2", b"http/1.1"),
        ciphers=CHROME_CIPHERS,
        extensions=(0, 16, 10, 13, 43, 51, 45),
        groups=(0x11EC, 29, 23, 24),
        signature_algorithms=SIGNATURES,
        grease=True,
    )


GREASED = {
    "a cipher": hello([], (0x1301, GREASE)),
    "an extension": hello([(GREASE, b"")]),
    "a group": hello([groups(29, GREASE)]),
    "a version": hello([versions(GREASE, 0x0304)]),
}


@pytest.mark.parametrize("message", GREASED.values(), ids=GREASED)
def test_notices_grease(message: bytes) -> None:
    assert client_hello_of(message).grease


def test_a_flood_of_different_hellos_is_not_remembered_beyond_a_bound() -> None:
    for number in range(3 * MOST_REMEMBERED):
        lists = [0x1301 + number % 997, 0x2001 + number // 997]
        name = server_name(b"%d.example" % number)
        ja4_of(client_hello_of(hello([name, groups(*lists), protocols(b"%d" % number)], lists)))

    kept = [memo.cache_info().currsize for memo in (_numbers, _listed, _protocols, _server_name, _remembered)]
    assert kept == [MOST_REMEMBERED] * 5


def test_a_long_list_is_not_remembered_at_all() -> None:
    before = _numbers.cache_info()
    client_hello_of(hello([], range(0x1301, 0x1301 + 5000)))

    assert _numbers.cache_info() == before


def test_notices_where_there_is_none() -> None:
    assert not client_hello_of(hello([groups(29), versions(0x0304), protocols(b"\x0a\x0a")])).grease


NAMES = {
    "with a dot at its end": (server_name(b"a.example."), "a.example"),
    "upper case": (server_name(b"A.EXAMPLE"), "a.example"),
    "not ASCII": (server_name("ä.example".encode()), ""),
    "a line end": (server_name(b"a\nb"), ""),
    "a zero": (server_name(b"a\0b"), ""),
    "a space": (server_name(b"a b"), ""),
    "too long": (server_name(b"a" * 254), ""),
    "empty": (server_name(b""), ""),
    "of another kind": ((0, sized(b"\x01" + sized(b"a", 2), 2)), ""),
    "two of them": ((0, sized(b"\x00" + sized(b"a", 2) + b"\x00" + sized(b"b", 2), 2)), ""),
    "a wrong length": ((0, b"\xff\xff\x00\x00\x01a"), ""),
}


@pytest.mark.parametrize(("extension", "name"), NAMES.values(), ids=NAMES)
def test_a_name_is_one_that_a_host_can_have(extension: tuple[int, bytes], name: str) -> None:
    assert client_hello_of(hello([extension])).server_name == name


def test_of_a_repeated_extension_the_first_counts() -> None:
    read = client_hello_of(hello([server_name(b"first"), server_name(b"second")]))

    assert (read.server_name, read.extensions) == ("first", (0, 0))


BAD = {
    "empty": b"",
    "another message": b"\x02" + browser_hello()[1:],
    "a byte too many": browser_hello() + b"\0",
    "half a cipher": b"\x01" + sized(b"\x03\x03" + bytes(32) + b"\0" + b"\0\x03abc" + b"\x01\0", 3),
    "an extension that ends too late": hello([(5, b"abcd")])[:-1],
    "something after the extensions": b"\x01" + sized(hello([])[4:] + b"\0", 3),
}


@pytest.mark.parametrize("message", BAD.values(), ids=BAD)
def test_refuses_what_is_no_hello(message: bytes) -> None:
    with pytest.raises(BadHello):
        client_hello_of(message)


def is_hello(message: bytes) -> bool:
    """Whether this can be read."""
    try:
        client_hello_of(message)
    except BadHello:
        return False
    return True


def test_refuses_it_wherever_it_is_cut() -> None:
    whole = browser_hello()
    without_extensions = len(hello(None, (GREASE, *CHROME_CIPHERS), session=bytes(32)))

    read = [end for end in range(4, len(whole)) if is_hello(b"\x01" + sized(whole[4:end], 3))]

    assert read == [without_extensions]


@given(some.binary(max_size=300), some.integers(0, 300), some.binary(max_size=8))
def test_never_fails_otherwise(noise: bytes, place: int, other: bytes) -> None:
    whole = browser_hello()
    for message in (noise, b"\x01" + sized(noise, 3), whole[:place] + other + whole[place + len(other) :]):
        try:
            read = client_hello_of(message)
        except BadHello:
            continue
        assert is_ja4(ja4_of(read))
