"""One response head from a storefront: checked, framed, and stripped of what concerns one hop only."""

from http import HTTPStatus

import httptools

from detectors.value import value
from proxy.faults import UpstreamFault

_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"te",
        b"transfer-encoding",
        b"upgrade",
        b"content-length",
        b"stile-decision-id",
        b"stile-mitigated",
    )
)
_NO_BODY = frozenset((204, 304))
_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
_STATUS_LINES = {code: b"HTTP/1.1 %d %b\r\n" % (code, reason) for code, reason in _REASONS.items()}


def status_line(status: int) -> bytes:
    """The status line with the standard phrase; an unknown status has an empty one (RFC 9112 section 4)."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


@value
class ResponseHead:
    """`length` is the body's size, -1 for chunked, None for a body that ends with the connection.

    `declared` is the Content-Length as it was sent, also on answers without a body (HEAD, 304).
    """

    status: int
    lines: list[bytes]
    length: int | None
    declared: bytes | None
    keep_alive: bool
    html: bool


class ResponseParser:
    """Reads the head of one answer; a new one is made for each."""

    __slots__ = ("_method", "connection", "content_length", "content_type", "lines", "transfer_encoding")

    def __init__(self, method: str) -> None:
        self._method = method
        self.lines: list[bytes] = []
        self.connection = b""
        self.content_length: bytes | None = None
        self.content_type = b""
        self.transfer_encoding: bytes | None = None

    def on_header(self, name: bytes, content: bytes) -> None:
        """Called by llhttp."""
        lower = name.lower()
        if lower not in _HOP_BY_HOP:
            self.lines.append(b"%b: %b\r\n" % (name, content))
            if lower == b"content-type":
                self.content_type = content
        elif lower == b"content-length":
            self.content_length = content.rstrip(b" \t")
        elif lower == b"transfer-encoding":
            self.transfer_encoding = content
        elif lower == b"connection":
            self.connection += content.lower() + b","

    def parse(self, head: bytes) -> ResponseHead:
        """Read `head`, which ends with its empty line. Raises UpstreamFault(502)."""
        llhttp = httptools.HttpResponseParser(self)
        try:
            llhttp.feed_data(head)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError as error:
            raise UpstreamFault(502, f"malformed answer: {error}") from None
        status = llhttp.get_status_code()
        if not 100 <= status <= 999:
            raise UpstreamFault(502, f"malformed answer: status {status}")
        options = self.connection.split(b",")
        keep_alive = b"close" not in self.connection and (
            llhttp.get_http_version() == "1.1" or b"keep-alive" in self.connection
        )
        if self.connection not in {b"", b"keep-alive,", b"close,"}:
            self._drop_nominated([option.strip() for option in options])
        return ResponseHead(
            status=status,
            lines=self.lines,
            length=self._length(status),
            declared=self.content_length,
            keep_alive=keep_alive,
            html=self.content_type.startswith(b"text/html"),
        )

    def _drop_nominated(self, options: list[bytes]) -> None:
        nominated = tuple(option + b":" for option in options if option)
        if nominated:
            self.lines = [line for line in self.lines if not line.lower().startswith(nominated)]

    def _length(self, status: int) -> int | None:
        if self._method == "HEAD" or status in _NO_BODY or status < 200:
            return 0
        if self.transfer_encoding is not None:
            if self.transfer_encoding.strip().lower() != b"chunked":
                raise UpstreamFault(502, "answer has a transfer coding other than chunked")
            return -1
        if self.content_length is None:
            return None
        if not self.content_length.isdigit() or len(self.content_length) > 18:
            raise UpstreamFault(502, "answer has a malformed Content-Length")
        return int(self.content_length)
