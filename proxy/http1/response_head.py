"""One response head from a storefront: checked by llhttp, framed, stripped of what concerns one hop only."""

import re
from functools import lru_cache
from http import HTTPStatus

import httptools

from detectors.value import value
from proxy.faults import UpstreamFault

_ONE_HOP = (  # RFC 9110 section 7.6.1, and our own fields, which nobody else may set
    b"\r\nconnection:",
    b"\r\nkeep-alive:",
    b"\r\ntransfer-encoding:",
    b"\r\nproxy-connection:",
    b"\r\nproxy-authenticate:",
    b"\r\nte:",
    b"\r\nupgrade:",
    b"\r\nstile-decision-id:",
    b"\r\nstile-mitigated:",
)
_CONNECTION = re.compile(rb"\r\nconnection:([^\r]*)")
_KEPT_ANYWAY = frozenset(
    (b"content-length", b"set-cookie", b"cache-control")
)  # nominating these would do harm
REMEMBERED = 256  # heads; at most 64 KB each, some hundred bytes in practice
_NO_BODY = frozenset((204, 304))
_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
_STATUS_LINES = {code: b"HTTP/1.1 %d %b\r\n" % (code, reason) for code, reason in _REASONS.items()}


def status_line(status: int) -> bytes:
    """The status line with the standard phrase; an unknown status has an empty one (RFC 9112 section 4)."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


@value
class ResponseHead:
    """`length` is the body's size, -1 for chunked, None for a body that ends with the connection.

    `lines` are the fields to pass on, Content-Length among them where it was sent (also on answers without a
    body: HEAD, 304) and the body is not chunked.
    """

    status: int
    lines: bytes
    length: int | None
    keep_alive: bool
    html: bool


class _Silent:
    """llhttp calls nobody: here it only vouches for the syntax."""


_SILENT = _Silent()


@lru_cache(maxsize=REMEMBERED)
def parse_response_head(method: str, head: bytes) -> ResponseHead:
    """Read the `head` of an answer to `method`; it ends with its empty line. Raises UpstreamFault(502).

    Remembered by its bytes: within a second a storefront sends the very same head for the same file, and for
    every 304, redirect or error of one kind.
    """
    llhttp = httptools.HttpResponseParser(_SILENT)
    try:
        llhttp.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        raise UpstreamFault(502, f"malformed answer: {error}") from None
    if not head.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ")):  # llhttp also reads 2.0, RTSP and ICE
        raise UpstreamFault(502, "answer is not HTTP/1.1")
    status = llhttp.get_status_code()
    if not 100 <= status <= 999:
        raise UpstreamFault(502, f"malformed answer: status {status}")
    lower = head.lower()
    chunked = _chunked(lower)
    bodiless = method == "HEAD" or status in _NO_BODY or status < 200
    declared = _field(lower, b"\r\ncontent-length:")
    if declared is not None and (not declared.isdigit() or len(declared) > 18):
        raise UpstreamFault(502, "answer has a malformed Content-Length")
    if bodiless:
        length: int | None = 0
    elif chunked:
        length = -1
    else:
        length = None if declared is None else int(declared)
    options = _options(lower)
    drop_length = chunked or status < 200 or status == 204
    return ResponseHead(
        status,
        _passed_on(head, lower, options, drop_length=drop_length),
        length,
        _keeps_alive(head, options),
        (_field(lower, b"\r\ncontent-type:") or b"").startswith(b"text/html"),
    )


def _field(lower: bytes, mark: bytes) -> bytes | None:
    """The value of the first field whose line begins with `mark`."""
    at = lower.find(mark)
    if at < 0:
        return None
    start = at + len(mark)
    return lower[start : lower.index(b"\r", start)].strip(b" \t")


def _chunked(lower: bytes) -> bool:
    mark = b"\r\ntransfer-encoding:"
    coding = _field(lower, mark)
    if coding is None:
        return False
    if coding != b"chunked" or lower.count(mark) > 1 or lower.startswith(b"http/1.0"):
        raise UpstreamFault(502, "answer has a transfer coding other than chunked")
    return True


def _options(lower: bytes) -> set[bytes]:
    """What all Connection fields name."""
    if b"\r\nconnection:" not in lower:
        return set()
    return {option.strip() for line in _CONNECTION.findall(lower) for option in line.split(b",")}


def _keeps_alive(head: bytes, options: set[bytes]) -> bool:
    return b"close" not in options if head.startswith(b"HTTP/1.1") else b"keep-alive" in options


def _passed_on(head: bytes, lower: bytes, options: set[bytes], *, drop_length: bool) -> bytes:
    """The field lines without those that concern one hop or that only we may set."""
    start = head.index(b"\r\n") + 2
    unwanted = [mark for mark in _ONE_HOP if mark in lower]
    if drop_length:
        unwanted.append(b"\r\ncontent-length:")
    if not unwanted:
        return head[start:-2]
    names = {mark[2:-1] for mark in unwanted} | (options - _KEPT_ANYWAY)
    lines = head[start:-2].split(b"\r\n")[:-1]
    return b"".join([line + b"\r\n" for line in lines if line.partition(b":")[0].lower() not in names])
