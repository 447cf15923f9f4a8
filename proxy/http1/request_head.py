"""One request head, read strictly: what is not certainly one well-formed request is refused.

llhttp refuses bare CR and LF, folded lines, white space before the colon, control bytes, unknown methods, and
Content-Length beside Transfer-Encoding; this file refuses what llhttp lets pass.
"""

import re

import httptools

from detectors.value import value
from proxy.faults import ClientFault
from proxy.http1.block_template import BlockTemplate, blanked, template_of
from proxy.http1.header_block import HeaderBlock, block_of
from proxy.http1.target import parse_authority, split_target

_REFUSED_METHODS = frozenset(("CONNECT", "TRACE"))
# Methods that skip llhttp where the fields are known; any other is left to it.
_METHODS = {name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")}
_REQUEST_LINE = re.compile(rb"([A-Z-]+) ([\x21-\x7e]+) HTTP/1\.([01])")
MAX_BLOCKS = 4096
MAX_BLOCK_BYTES = 4096  # 4,096 ordinary blocks with what is read out of them take about 20 MB


@value
class RequestHead:
    """What one head says, after every check.

    `target` is in origin-form, `authority` is the host and port that it is for, `host` the same without port.
    """

    method: str
    target: bytes
    http_version: str
    authority: bytes
    host: str
    block: HeaderBlock

    @property
    def fields(self) -> dict[bytes, bytes]:
        """Lower-case name to first value."""
        return self.block.fields

    @property
    def length(self) -> int | None:
        """Size of the body, None for a chunked one."""
        return self.block.length

    @property
    def websocket(self) -> bool:
        """True for an opening handshake (RFC 6455 section 4.1); any other Upgrade is left out."""
        return self.block.websocket and self.method == "GET" and self.block.length == 0


class RequestParser:
    """Reads heads for one worker.

    A page's images come with the very same fields, and shoppers with the same browser send the same ones but
    for a few values. So blocks of fields are remembered twice, within bounds: by all their bytes, and by
    their bytes without these values. A block that is new in both ways is read by llhttp.
    """

    __slots__ = ("_blocks", "_max_headers", "_templates", "headers", "target")

    def __init__(self, max_headers: int) -> None:
        self._max_headers = max_headers
        self._blocks: dict[bytes, HeaderBlock] = {}
        self._templates: dict[bytes, BlockTemplate] = {}
        self.headers: list[tuple[bytes, bytes]] = []
        self.target = b""

    def on_url(self, url: bytes) -> None:
        """Called by llhttp."""
        self.target = url

    def on_header(self, name: bytes, content: bytes) -> None:
        """Called by llhttp; it strips leading white space only."""
        self.headers.append((name, content))

    def forget(self) -> None:
        """Remember no block of fields any more."""
        self._blocks.clear()
        self._templates.clear()

    def parse(self, head: bytes) -> RequestHead:
        """Read `head`, which ends with its empty line. Raises ClientFault."""
        end = head.find(b"\r\n")
        line = _REQUEST_LINE.fullmatch(head, 0, end)
        name, target, minor = (b"", b"", b"") if line is None else line.groups()
        method = _METHODS.get(name)
        if method is None:
            return self._parse_anew(head, end)
        version = "1.1" if minor == b"1" else "1.0"
        fields = head[end - 1 :]  # with the version's last digit: 1.0 is framed otherwise
        block = self._blocks.get(fields) or self._recall(fields, version)
        if block is None:
            return self._parse_anew(head, end)
        return _head_of(method, target, version, block)

    def _recall(self, fields: bytes, version: str) -> HeaderBlock | None:
        """The block in `fields`, where one that differs only in the changing values was read before."""
        blank, contents = blanked(fields)
        template = self._templates.get(blank)
        if template is None:
            if len(blank) > MAX_BLOCK_BYTES:
                return None
            template = self._learn(blank, version)
        block = template.filled(contents)
        if block is not None and len(fields) <= MAX_BLOCK_BYTES:
            if len(self._blocks) >= MAX_BLOCKS:
                self._blocks.clear()
            self._blocks[fields] = block
        return block

    def _learn(self, blank: bytes, version: str) -> BlockTemplate:
        self._feed(b"GET / HTTP/1." + blank)
        template = template_of(block_of(self.headers, version, self._max_headers))
        if len(self._templates) >= MAX_BLOCKS:
            self._templates.clear()
        self._templates[blank] = template
        return template

    def _parse_anew(self, head: bytes, line_end: int) -> RequestHead:
        llhttp = self._feed(head)
        method = llhttp.get_method().decode("ascii")
        version = llhttp.get_http_version()
        if method in _REFUSED_METHODS:
            raise ClientFault(405, "method not allowed", f"{method} is refused")
        if version not in {"1.1", "1.0"}:
            raise ClientFault(505 if version == "2.0" else 400, "bad request", f"HTTP version {version}")
        if _REQUEST_LINE.fullmatch(head, 0, line_end) is None:
            raise ClientFault(400, "bad request", "malformed request line")
        target = self.target
        return _head_of(method, target, version, block_of(self.headers, version, self._max_headers))

    def _feed(self, head: bytes) -> httptools.HttpRequestParser:
        self.headers = []
        self.target = b""
        llhttp = httptools.HttpRequestParser(self)
        try:
            llhttp.feed_data(head)
        except httptools.HttpParserUpgrade:
            pass  # only says that an Upgrade field or CONNECT was there
        except httptools.HttpParserError as error:
            raise _refusal(error, self.headers) from None
        return llhttp


def _head_of(method: str, target: bytes, version: str, block: HeaderBlock) -> RequestHead:
    host = block.fields.get(b"host", b"")
    if target[:1] == b"/" and b"#" not in target:
        return RequestHead(method, target, version, host, block.host, block)
    target, absolute = split_target(method, target)
    if absolute is None:
        return RequestHead(method, target, version, host, block.host, block)
    # RFC 9112 section 3.2.2: the target's authority replaces Host
    return RequestHead(method, target, version, absolute, parse_authority(absolute), block)


def _refusal(error: httptools.HttpParserError, headers: list[tuple[bytes, bytes]]) -> ClientFault:
    detail = str(error)
    if isinstance(error, httptools.HttpParserInvalidMethodError):
        return ClientFault(400, "bad request", "unknown method")
    if "Transfer-Encoding" in detail and "Content-Length" not in detail:
        has_length = any(name.lower() == b"content-length" for name, _ in headers)
        if not has_length:
            return ClientFault(501, "transfer coding not implemented", detail)
    return ClientFault(400, "bad request", detail)
