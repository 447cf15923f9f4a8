"""A link that no person can see or reach, put behind the end of a page while the page streams through.

Browsers read what stands behind `</html>` as the end of the body (HTML, section 13.2.6.4.22), so nothing has
to be looked for in the page, which could as well stand in a script or a comment. The link is empty, hidden,
inert and out of the tabbing order, without a style that a Content-Security-Policy could forbid.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2s

from detectors.behaviour.step import PAGE, Step
from detectors.request import Request
from proxy.http1.response_head import ResponseHead

MAX_PIECE = 256 * 1024  # of unpacked text at a time
LEVEL = 4  # a page of 100 KB takes 1 ms; level 6 takes twice as long for 3 % less
LEAD = 1024  # how much of a page is looked at
GZIP_WINDOW = 31
GZIP_MAGIC = b"\x1f\x8b"
DOCUMENTS = (b"<!doctype html", b"<html")
NOT_ASCII = re.compile(rb"charset\s*=\s*[\"']?\s*(?:utf-?(?:16|32|7)|ucs|iso-2022|iso-10646|hz|csutf)")
SIGNED = (b"\r\ncontent-digest:", b"\r\nrepr-digest:", b"\r\ndigest:", b"\r\ncontent-md5:", b"\r\nsignature:")
WITHOUT = (b"content-length", b"accept-ranges")
_ACCEPTS = re.compile(rb"(?i)(?<=\n)accept-encoding:[^\r\n]*\r\n")
_STRONG_ETAG = re.compile(rb"(?i)(\r\netag:[ \t]*)(?=\")")
_GZIP = re.compile(r"(?i)(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[0-9.]+\s*)?(?=,|$)")


class BadPageError(ValueError):
    """The storefront's compressed page cannot be read."""


def asks_for_page(request: Request, step: Step | None) -> bool:
    """True for a whole page that somebody opens: not for pieces that a script fetches, nor for ranges."""
    fields = request.fields
    if request.method == "HEAD":
        place_is_page = True
    else:
        place_is_page = step is not None and step.kind is PAGE and request.method == "GET"
    return (
        place_is_page
        and fields.get(b"sec-fetch-dest", b"document") == b"document"
        and b"x-requested-with" not in fields
        and b"range" not in fields
        and b"no-transform" not in fields.get(b"cache-control", b"").lower()
    )


def narrowed(lines: bytes, request: Request) -> bytes:
    """The fields for the storefront: of all compressions only gzip is left, which we can add to."""
    if b"accept-encoding" not in request.fields:
        return lines
    kept = b"gzip" if _GZIP.search(request.text(b"accept-encoding")) else b"identity"
    return _ACCEPTS.sub(b"", b"\n" + lines)[1:] + b"Accept-Encoding: " + kept + b"\r\n"


def link_to(trap: str, path: str) -> bytes:
    """The link on the page at `path`; `trap` is the folder of the traps."""
    name = blake2s(path.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return (
        f'<div hidden inert aria-hidden="true"><a href="{trap}{name}" rel="nofollow" tabindex="-1"></a></div>'
    ).encode("ascii")


def linked_head(head: ResponseHead) -> ResponseHead | None:
    """The head of the page with a link, of unknown length; None for answers that are left as they are.

    What comes back for a range or a condition is left alone, but for the ETag of a 304: it must be the one
    of the page. It is weak, as the bytes are the storefront's no more (RFC 9110 section 8.8.1).
    """
    lower = b"\r\n" + head.lines.lower()
    if head.status == 304:
        return replace(head, lines=_weak(head.lines))
    if head.status != 200 or not head.html or b"\r\ncontent-range:" in lower:
        return None
    if any(mark in lower for mark in SIGNED) or _says(lower, b"cache-control", b"no-transform"):
        return None
    if NOT_ASCII.search(_value(lower, b"content-type")) or _coding(lower) not in {b"", b"identity", b"gzip"}:
        return None
    lines = [line for line in _weak(head.lines).split(b"\r\n") if _name(line) not in WITHOUT]
    return replace(
        head,
        lines=b"\r\n".join(lines),
    )


class LinkedPage:
    """Passes a page through and puts the link behind it; a compressed one is unpacked and packed again."""

    __slots__ = ("_began", "_lead", "_link", "_pack", "_unpack")

    def __init__(self, head: ResponseHead, link: bytes) -> None:
        packed = _coding(b"\r\n" + head.lines.lower()) == b"gzip"
        self._link = link
        self._began = False
        self._lead = b""
        self._pack = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW) if packed else None
        self._unpack = zlib.decompressobj(GZIP_WINDOW) if packed else None

    def feed(self, payload: list[bytes], *, ended: bool) -> list[bytes]:
        """What goes on of these pieces. Raises BadPageError."""
        if self._pack is None or self._unpack is None:
            for piece in payload:
                self._look(piece)
            return [*payload, self._end()] if ended else payload
        found = []
        for piece in payload:
            for text in self._unpacked(piece):
                self._look(text)
                found.append(self._pack.compress(text))
        if ended and not self._began:
            return []  # a storefront that says gzip and sends nothing
        if ended:
            if not self._unpack.eof:
                raise BadPageError("the page ends before its compression does")
            found += [self._pack.compress(self._end()), self._pack.flush()]
        elif found:
            found.append(self._pack.flush(zlib.Z_SYNC_FLUSH))
        return [piece for piece in found if piece]

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        """The text in `data`, in pieces of bounded size; further members of gzip follow (RFC 1952).

        What follows a member and begins no other is dropped, as browsers do: some storefronts pad.
        """
        while data and self._unpack is not None:
            self._began = True
            if self._unpack.eof:
                if not data.startswith(GZIP_MAGIC[: len(data)]):
                    return
                self._unpack = zlib.decompressobj(GZIP_WINDOW)
            try:
                text = self._unpack.decompress(data, MAX_PIECE)
            except zlib.error as error:
                raise BadPageError(f"malformed gzip: {error}") from None
            yield text
            data = self._unpack.unused_data if self._unpack.eof else self._unpack.unconsumed_tail

    def _look(self, text: bytes) -> None:
        if len(self._lead) < LEAD:
            self._lead = (self._lead + text[:LEAD]).lstrip(b" \t\r\n\xef\xbb\xbf")[:LEAD]

    def _end(self) -> bytes:
        """The link, where what came was a document; a piece of one gets none."""
        lead = self._lead
        while lead.startswith((b"<!--", b"<?")):
            lead = lead.partition(b">")[2].lstrip(b" \t\r\n")
        return self._link if lead[:16].lower().startswith(DOCUMENTS) else b""


def _weak(lines: bytes) -> bytes:
    return _STRONG_ETAG.sub(rb"\1W/", b"\r\n" + lines)[2:]


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()


def _value(lower: bytes, name: bytes) -> bytes:
    return b",".join(line.partition(b":")[2].strip() for line in lower.split(b"\r\n") if _name(line) == name)


def _says(lower: bytes, name: bytes, word: bytes) -> bool:
    return word in _value(lower, name)


def _coding(lower: bytes) -> bytes:
    return _value(lower, b"content-encoding").replace(b"x-gzip", b"gzip")
