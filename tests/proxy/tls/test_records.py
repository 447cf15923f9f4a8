"""The hello in its envelopes: whole, byte by byte, in many records, too large, and not there at all."""

import pytest

from proxy.tls.records import MAX_HELLO, MAX_RECORDS, HelloTooLarge, NotTls, hello_in
from tests.support.hellos import browser_hello, hello, records

HELLO = browser_hello()
SPLIT = {"one record": 16384, "two": len(HELLO) // 2 + 1, "of 100 bytes": 100, "of 30": 30}


@pytest.mark.parametrize("size", SPLIT.values(), ids=SPLIT)
def test_finds_it_in_its_records(size: int) -> None:
    assert hello_in(records(HELLO, size)) == HELLO


@pytest.mark.parametrize("size", SPLIT.values(), ids=SPLIT)
def test_says_how_much_is_missing_at_every_byte(size: int) -> None:
    whole = records(HELLO, size)

    for have in range(len(whole)):
        needed = hello_in(whole[:have])
        assert isinstance(needed, int)
        assert have < needed <= len(whole)


def test_what_it_asks_for_takes_few_steps() -> None:
    whole = records(HELLO)

    steps, have = 0, 0
    while isinstance(found := hello_in(whole[:have]), int):
        steps, have = steps + 1, found

    assert (found, steps) == (HELLO, 2)


def test_leaves_what_follows_alone() -> None:
    assert hello_in(records(HELLO) + b"\x14\x03\x03\x00\x01\x01") == HELLO


def test_takes_one_of_16_kib_and_more() -> None:
    large = hello([(21, bytes(17_000))])

    assert hello_in(records(large)) == large


NONE = {
    "plain HTTP": b"GET / HTTP/1.1\r\n",
    "zeros": bytes(100),
    "SSL 2.0": b"\x80\x2e\x01\x00\x02",
    "an alert": b"\x15\x03\x01\x00\x02\x02\x28",
    "application data": b"\x17\x03\x03\x00\x10" + bytes(16),
    "another version": b"\x16\x02\x00\x00\x10",
    "an empty record": b"\x16\x03\x01\x00\x00",
    "a record too long": b"\x16\x03\x01\xff\xff",
    "an alert in the middle": records(HELLO[:100]) + b"\x15\x03\x01\x00\x02\x02\x28",
}


@pytest.mark.parametrize("data", NONE.values(), ids=NONE)
def test_knows_what_is_none(data: bytes) -> None:
    with pytest.raises(NotTls):
        hello_in(data)


TOO_LARGE = {
    "a length of 16 MB": b"\x16\x03\x01\x00\x04\x01\xff\xff\xff",
    "one byte too many": b"\x16\x03\x01\x00\x04\x01" + (MAX_HELLO - 3).to_bytes(3, "big"),
    "in a hundred pieces": records(HELLO, len(HELLO) // (MAX_RECORDS + 36)),
}


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_gives_up_on_what_is_too_large(data: bytes) -> None:
    with pytest.raises(HelloTooLarge):
        hello_in(data)
