"""A page goes through unchanged, however it is cut, and has the link behind its end."""

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.behaviour.step import step_of
from proxy.http1.response_head import ResponseHead, parse_response_head
from proxy.robots.trap_link import BadPageError, LinkedPage, asks_for_page, link_to, linked_head, narrowed
from tests.support.requests import CHROME, a_request

LINK = link_to("/0123456789ab/", "/shoes")
PAGE = b"<!DOCTYPE html><html><body>" + bytes(range(32, 127)) * 40 + b"</body></html>\n"


def a_head(*fields: bytes, status: bytes = b"200 OK", method: str = "GET") -> ResponseHead:
    lines = b"".join(field + b"\r\n" for field in (b"Content-Type: text/html; charset=utf-8", *fields))
    return parse_response_head(method, b"HTTP/1.1 " + status + b"\r\n" + lines + b"\r\n")


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def passed(head: ResponseHead, pieces: list[bytes]) -> bytes:
    page = LinkedPage(head, LINK)
    found = [part for piece in pieces for part in page.feed([piece], ended=False)]
    return b"".join(found + page.feed([], ended=True))


CUTS = st.lists(st.integers(0, 10_000), max_size=30)
BODIES = st.sampled_from(
    (PAGE, b"\xef\xbb\xbf \r\n<!-- a --><html>", b"<!doctype HTML>", b'<?xml version="1.0"?>\n<html>')
)


@given(BODIES, CUTS)
@settings(deadline=None)
def test_a_plain_page_is_followed_by_the_link_however_it_is_cut(body, places):
    assert passed(a_head(), cut(body, places)) == body + LINK


@given(BODIES, CUTS, st.booleans())
@settings(deadline=None)
def test_a_compressed_page_too(body, places, several):
    packed = gzip.compress(body[:20]) + gzip.compress(body[20:]) if several else gzip.compress(body)
    head = a_head(b"Content-Encoding: gzip")

    assert gzip.decompress(passed(head, cut(packed, places))) == body + LINK


@given(
    st.binary(max_size=300).filter(lambda body: not body.lstrip().lower().startswith((b"<!", b"<h", b"<?"))),
    CUTS,
)
@settings(deadline=None)
def test_what_is_no_document_is_left_as_it_is(body, places):
    if body.lstrip(b" \t\r\n\xef\xbb\xbf").lower().startswith((b"<!", b"<h", b"<?")):
        return
    assert passed(a_head(), cut(body, places)) == body


def test_the_first_bytes_of_a_compressed_page_do_not_wait_for_the_last():
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(PAGE) + packer.flush(zlib.Z_SYNC_FLUSH)
    page = LinkedPage(a_head(b"Content-Encoding: gzip"), LINK)

    sent = b"".join(page.feed([first], ended=False))

    assert zlib.decompressobj(31).decompress(sent) == PAGE


def test_a_bomb_is_unpacked_in_pieces_and_never_held_whole():
    bomb = gzip.compress(b"<!doctype html>" + b"\0" * 50_000_000)
    sent = passed(a_head(b"Content-Encoding: gzip"), [bomb])

    assert len(sent) < 1_000_000


BROKEN = {"malformed": b"\x1f\x8b nothing", "cut short": gzip.compress(PAGE)[:-20]}


@pytest.mark.parametrize("packed", BROKEN.values(), ids=BROKEN)
def test_a_broken_compression_is_said_to_be_broken(packed):
    with pytest.raises(BadPageError):
        passed(a_head(b"Content-Encoding: gzip"), [packed])


@given(CUTS)
@settings(deadline=None)
def test_a_compression_of_nothing_stays_nothing(places):
    assert passed(a_head(b"Content-Encoding: gzip"), cut(b"", places)) == b""


PADDING = {"zeros": b"\0" * 512, "a line feed": b"\n", "words": b"<!-- cached -->"}


@pytest.mark.parametrize("padding", PADDING.values(), ids=PADDING)
@given(CUTS)
@settings(deadline=None)
def test_what_is_behind_a_compressed_page_is_dropped_as_browsers_do(padding, places):
    head = a_head(b"Content-Encoding: gzip")

    assert gzip.decompress(passed(head, cut(gzip.compress(PAGE) + padding, places))) == PAGE + LINK


LEFT = {
    "an error": a_head(status=b"404 Not Found"),
    "a part": a_head(b"Content-Range: bytes 0-1/9", status=b"206 Partial Content"),
    "what nobody may change": a_head(b"Cache-Control: private, NO-Transform"),
    "a compression that we do not speak": a_head(b"Content-Encoding: br"),
    "several compressions": a_head(b"Content-Encoding: gzip", b"Content-Encoding: gzip"),
    "what is signed": a_head(b"Repr-Digest: sha-256=:AA==:"),
    "no HTML": parse_response_head("GET", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"),
    "a charset that is not ASCII's": parse_response_head(
        "GET", b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-16LE\r\n\r\n"
    ),
}


@pytest.mark.parametrize("head", LEFT.values(), ids=LEFT)
def test_is_left_alone(head):
    assert linked_head(head) is None


def test_the_head_says_no_length_and_a_weak_etag():
    head = linked_head(a_head(b"Content-Length: 9", b'ETag: "a"', b"Accept-Ranges: bytes", b"X-A: b"))

    assert head is not None
    assert head.lines == b'Content-Type: text/html; charset=utf-8\r\nETag: W/"a"\r\nX-A: b\r\n'


def test_a_304_has_the_etag_of_the_page():
    head = linked_head(a_head(b'ETag: "a"', b'X-Other: "etag:"', status=b"304 Not Modified"))

    assert head is not None
    assert b'ETag: W/"a"\r\nX-Other: "etag:"' in head.lines


ASKED = {
    "gzip and more": (b"gzip, deflate, br, zstd", b"gzip"),
    "gzip with a weight": (b"br;q=1.0, gzip;q=0.8, *;q=0.1", b"gzip"),
    "no gzip": (b"br", b"identity"),
    "gzip refused": (b"gzip;q=0, br", b"identity"),
    "nothing": (b"", b"identity"),
}


@pytest.mark.parametrize(("accepted", "kept"), ASKED.values(), ids=ASKED)
def test_the_storefront_is_asked_for_what_we_can_add_to(accepted, kept):
    request = a_request("/", headers=((b"Host", b"a"), (b"Accept-Encoding", accepted)))
    lines = b"ACCEPT-encoding: " + accepted + b"\r\nX-Accept-Encoding: br\r\n"

    assert narrowed(lines, request) == b"X-Accept-Encoding: br\r\nAccept-Encoding: " + kept + b"\r\n"


PAGES = {
    "a page": (a_request("/shoes"), True),
    "an image": (a_request("/a.png"), False),
    "a piece for a script": (a_request("/a", headers=(*CHROME, (b"X-Requested-With", b"x"))), False),
    "a range": (a_request("/a", headers=(*CHROME, (b"Range", b"bytes=0-1"))), False),
    "a form": (a_request("/a", method="POST"), False),
}


@pytest.mark.parametrize(("request_", "asked"), PAGES.values(), ids=PAGES)
def test_only_whole_pages_are_asked_for(request_, asked):
    assert asks_for_page(request_, step_of(request_)) is asked
