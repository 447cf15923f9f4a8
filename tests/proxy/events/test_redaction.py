"""Values are hidden, names are kept, and whatever comes out is plain text."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.events.redaction import (
    MAX_PARAMETERS,
    hashed_address,
    safe_bytes,
    safe_path,
    safe_query,
    safe_referrer,
    safe_text,
)

SHOWN = frozenset({"page"})

QUERIES = {
    "": "",
    "q=shoes": "q=<redacted>",
    "q=shoes&page=2": "q=<redacted>&page=2",
    "q=": "q=<redacted>",
    "secret": "<redacted>",
    "page": "page",
    "a=1&&b=2": "a=<redacted>&&b=<redacted>",
    "a=1=2": "a=<redacted>",
    "%70age=2": "%70age=<redacted>",
    "a=1;b=2": "a=<redacted>",
    "=x": "=<redacted>",
}

REFERRERS = {
    b"https://shop.example.com/a?q=1#top": "https://shop.example.com/a?q=<redacted>",
    b"https://me:secret@shop.example.com/a": "https://shop.example.com/a",
    b"//me:secret@shop.example.com/": "//shop.example.com/",
    b"https://shop.example.com/@me": "https://shop.example.com/@me",
    b"/a#access_token=1": "/a",
    b"/a;JSESSIONID=1F2E?x=1": "/a;JSESSIONID=<redacted>?x=<redacted>",
    b"\xff": "\\xff",
}

PATHS = {
    "/a;jsessionid=1F2E/b": "/a;jsessionid=<redacted>/b",
    "/a;color=red": "/a;color=red",
    "/caf\u00e9": "/café",
    "/\udcff\udc80": "/\\xff\\x80",
    "/\ud800": "/\\ud800",
    "/a\u2028b\u202ec\x85": "/a\\u2028b\\u202ec\\u0085",
}


@pytest.mark.parametrize(("query", "logged"), QUERIES.items(), ids=QUERIES)
def test_hides_the_values_of_a_query(query, logged):
    assert safe_query(query, SHOWN, 2048) == logged


@pytest.mark.parametrize(("referrer", "logged"), REFERRERS.items(), ids=map(str, REFERRERS))
def test_hides_what_a_referring_address_may_hold(referrer, logged):
    assert safe_referrer(referrer, SHOWN, 1024) == logged


@pytest.mark.parametrize(("path", "logged"), PATHS.items(), ids=map(ascii, PATHS))
def test_shows_a_path_as_plain_text(path, logged):
    assert safe_path(path, 2048) == logged


def test_counts_parameters_only_so_far():
    logged = safe_query("&".join(["a=1"] * 1000), SHOWN, 4096)

    assert logged == "&".join(["a=<redacted>"] * MAX_PARAMETERS + ["…"])


@given(st.binary(max_size=300))
def test_any_bytes_become_text_within_the_limit(raw):
    text = safe_bytes(raw, 64)

    assert (len(text) <= 64, text.encode().decode()) == (True, text)


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_becomes_text_within_the_limit(text):
    made = safe_text(text, 64)

    assert (len(made) <= 64, made.encode().decode()) == (True, made)


def test_a_hashed_address_is_an_address_that_nobody_has():
    assert ip_address(hashed_address("203.0.113.7", b"key")).is_private


def test_a_hashed_address_depends_on_the_key():
    assert hashed_address("203.0.113.7", b"key") != hashed_address("203.0.113.7", b"other")
