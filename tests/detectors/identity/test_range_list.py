"""Published lists are read in every known form, and refused where they are not what they should be."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detectors.identity.range_list import BadListError, prefixes_of

FOUR, SIX = "66.249.64.0/27", "2001:4860:4801:10::/64"
FORMS = {
    "Google's": {"creationTime": "x", "prefixes": [{"ipv4Prefix": FOUR}, {"ipv6Prefix": SIX}]},
    "a list of texts": [FOUR, SIX],
    "addresses under a name": {"ips": [{"ip_address": FOUR}, {"ip_address": SIX}]},
    "Amazon's": {"prefixes": [{"ip_prefix": FOUR}], "ipv6_prefixes": [{"ipv6_prefix": SIX}]},
}


@pytest.mark.parametrize("document", FORMS.values(), ids=FORMS)
def test_a_known_form_is_read(document: object) -> None:
    assert prefixes_of(json.dumps(document).encode()) == (FOUR, SIX)


def test_lines_are_read() -> None:
    assert prefixes_of(f"# ours\n{FOUR}\n\n{SIX} # six\n".encode()) == (FOUR, SIX)


def test_neighbours_become_one() -> None:
    assert prefixes_of(b'["8.8.8.0/25", "8.8.8.128/25", "8.8.8.8"]') == ("8.8.8.0/24",)


BAD = {
    "empty": b"",
    "no prefixes": b'{"prefixes": []}',
    "everything": b'["0.0.0.0/0"]',
    "everything in IPv6": b'["::/0"]',
    "wider than /8": b'["8.0.0.0/7"]',
    "wider than /8 in two halves": b'["8.0.0.0/8", "9.0.0.0/8"]',
    "half of the internet in small parts": json.dumps([f"{n}.0.0.0/9" for n in range(11, 100, 2)]).encode(),
    "too many": json.dumps([f"8.{n >> 8}.{n & 255}.0/25" for n in range(20_001)]).encode(),
    "all of IPv4 within IPv6": b'["::/20"]',
    "nearly all of IPv4 within IPv6": b'["::fffe:0:0/95"]',
    "what NAT64 translates": b'["64:ff9b::/96"]',
    "6to4": b'["2002:7f00::/24"]',
    "private ones among others": b'["192.0.0.0/8"]',
    "of one interface": b'["2600::%1/32"]',
    "private": b'["10.0.0.0/24"]',
    "this machine": b'["127.0.0.1"]',
    "a page": b"<!doctype html><title>Not found</title>",
    "no JSON": b'{"prefixes": [',
    "deep": b"[" * 100_000,
    "another document": b'{"error": "rate limited"}',
    "numbers": b"[1, 2]",
    "no network": b'["googlebot"]',
    "bytes": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(BadListError):
        prefixes_of(body)


@given(some.binary(max_size=300))
def test_anything_at_all_is_read_or_refused(body: bytes) -> None:
    with suppress(BadListError):
        assert prefixes_of(body)
