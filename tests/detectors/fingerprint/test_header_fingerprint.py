"""A client's signature survives what changes between its requests, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detectors.fingerprint.header_fingerprint import fingerprint_of
from tests.support.requests import CHROME

NAMES = tuple(name for name, _ in CHROME)
VOLATILE = (
    b"Cookie",
    b"Referer",
    b"Origin",
    b"Range",
    b"If-None-Match",
    b"If-Modified-Since",
    b"Content-Type",
    b"Content-Length",
    b"Cache-Control",
    b"Authorization",
    b"X-Requested-With",
    b"X-Forwarded-For",
    b"X-Forwarded-Proto",
    b"X-Real-IP",
    b"Via",
    b"Forwarded",
    b"CF-Connecting-IP",
    b"CF-Ray",
    b"If-Range",
    b"If-Match",
    b"If-Unmodified-Since",
    b"Pragma",
    b"Priority",
    b"Upgrade-Insecure-Requests",
    b"Sec-Fetch-User",
    b"Sec-Purpose",
)


@given(some.lists(some.tuples(some.sampled_from(VOLATILE), some.integers(0, len(NAMES)))))
def test_survives_what_comes_and_goes(extras):
    names = list(NAMES)
    for name, place in extras:
        names.insert(place, name)

    assert fingerprint_of(tuple(names), "1.1") == fingerprint_of(NAMES, "1.1")


DIFFERENT = {
    "order": ((*NAMES[1:], NAMES[0]), "1.1"),
    "spelling": (tuple(name.lower() for name in NAMES), "1.1"),
    "set": (NAMES[:-1], "1.1"),
    "version": (NAMES, "1.0"),
}


@pytest.mark.parametrize(("names", "version"), DIFFERENT.values(), ids=DIFFERENT)
def test_tells_clients_apart(names, version):
    assert fingerprint_of(names, version) != fingerprint_of(NAMES, "1.1")


def test_is_12_hexadecimal_characters():
    assert re.fullmatch(r"[0-9a-f]{12}", fingerprint_of(NAMES, "1.1"))
