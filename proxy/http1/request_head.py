"""One request head, read strictly: what is not certainly one well-formed request is refused.

llhttp refuses bare CR and LF, folded lines, white space before the colon, control bytes, unknown methods, and
Content-Length beside Transfer-Encoding; this file refuses what llhttp lets pass.
"""

import re
from itertools import filterfalse

import httptools

from detectors.value import value
from proxy.faults import ClientFault
from proxy.http1.target import parse_authority, split_target

# RFC 9110 section 7.6.1, and the fields that we set ourselves from the trusted view.
NOT_FORWARDED = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"transfer-encoding",
        b"content-length",
        b"upgrade",
        b"http2-settings",
        b"host",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"forwarded",
    )
)
OWN_PREFIX = b"x-stile-"  # what we tell storefronts; nobody else may
_SINGLE = frozenset((b"host", b"content-length", b"transfer-encoding"))
_HARMLESS_OPTIONS = frozenset((b"keep-alive", b"close", b"upgrade", b"http2-settings", b"te", b""))
_REFUSED_METHODS = frozenset(("CONNECT", "TRACE"))
# Methods that skip llhttp where the fields are known; any other is left to it.
_METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"))
_REQUEST_LINE = re.compile(rb"([A-Z-]+) ([\x21-\x7e]+) HTTP/1\.([01])")
MAX_REMEMBERED_BLOCKS = 1024
MAX_REMEMBERED_BLOCK = 4096  # bytes; 1,024 blocks with what is read out of them stay below 16 MB


@value
class HeaderBlock:
    """What the fields of a request say, whatever its request line is.

    `fields` maps lower-case names to first values; `repeated` are the names that came more than once.
    `forwarded` are the lines that go to the storefront, `length` is the body's size, None for a chunked body.
    `host` is empty where an HTTP/1.0 request names none.
    """

    headers: tuple[tuple[bytes, bytes], ...]
    fields: dict[bytes, bytes]
    repeated: frozenset[bytes]
    forwarded: bytes
    host: str
    length: int | None
    keep_alive: bool
    expects_continue: bool
    websocket: bool


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

    A page's images and scripts, and a crawler's pages, come with the very same fields again and again: blocks
    that were read once are remembered by their bytes, within bounds. llhttp reads what is new.
    """

    __slots__ = ("_blocks", "_max_headers", "headers", "target")

    def __init__(self, max_headers: int) -> None:
        self._max_headers = max_headers
        self._blocks: dict[bytes, HeaderBlock] = {}
        self.headers: list[tuple[bytes, bytes]] = []
        self.target = b""

    def on_url(self, url: bytes) -> None:
        """Called by llhttp."""
        self.target = url

    def on_header(self, name: bytes, content: bytes) -> None:
        """Called by llhttp; it strips leading white space only."""
        self.headers.append((name, content))

    def parse(self, head: bytes) -> RequestHead:
        """Read `head`, which ends with its empty line. Raises ClientFault."""
        end = head.find(b"\r\n")
        block = self._blocks.get(
            head[end - 1 :]
        )  # from the last digit of the version: 1.0 and 1.1 differ in framing
        line = _REQUEST_LINE.fullmatch(head, 0, end)
        if block is None or line is None or line[1] not in _METHODS:
            return self._parse_anew(head, end)
        method = line[1].decode("ascii")
        version = "1.1" if line[3] == b"1" else "1.0"
        return _head_of(method, line[2], version, block)

    def _parse_anew(self, head: bytes, line_end: int) -> RequestHead:
        self.headers = []
        self.target = b""
        llhttp = httptools.HttpRequestParser(self)
        try:
            llhttp.feed_data(head)
        except httptools.HttpParserUpgrade:
            pass  # only says that an Upgrade field or CONNECT was there
        except httptools.HttpParserError as error:
            raise _refusal(error, self.headers) from None
        method = llhttp.get_method().decode("ascii")
        version = llhttp.get_http_version()
        if method in _REFUSED_METHODS:
            raise ClientFault(405, "method not allowed", f"{method} is refused")
        if version not in {"1.1", "1.0"}:
            raise ClientFault(505 if version == "2.0" else 400, "bad request", f"HTTP version {version}")
        if _REQUEST_LINE.fullmatch(head, 0, line_end) is None:
            raise ClientFault(400, "bad request", "malformed request line")
        block = _block_of(self.headers, version, self._max_headers)
        parsed = _head_of(method, self.target, version, block)
        if len(head) - line_end <= MAX_REMEMBERED_BLOCK:
            if len(self._blocks) >= MAX_REMEMBERED_BLOCKS:
                self._blocks.clear()
            self._blocks[head[line_end - 1 :]] = block
        return parsed


def _head_of(method: str, target: bytes, version: str, block: HeaderBlock) -> RequestHead:
    host = block.fields.get(b"host", b"")
    if target[:1] == b"/" and b"#" not in target:
        return RequestHead(method, target, version, host, block.host, block)
    target, absolute = split_target(method, target)
    if absolute is None:
        return RequestHead(method, target, version, host, block.host, block)
    # RFC 9112 section 3.2.2: the target's authority replaces Host
    return RequestHead(method, target, version, absolute, parse_authority(absolute), block)


def _block_of(headers: list[tuple[bytes, bytes]], version: str, max_headers: int) -> HeaderBlock:
    if len(headers) > max_headers:
        raise ClientFault(431, "too many header fields", f"{len(headers)} header fields")
    fields, repeated, lines = _sort_out(headers)
    connection = fields.get(b"connection", b"").lower()
    options = [option.strip() for option in connection.split(b",")]
    return HeaderBlock(
        headers=tuple(headers),
        fields=fields,
        repeated=frozenset(repeated),
        forwarded=b"".join(_without_nominated(lines, options)),
        host=_host(version, fields),
        length=_body_length(version, fields),
        keep_alive=_keeps_alive(version, options),
        expects_continue=_expects_continue(version, fields),
        websocket=version == "1.1" and _wants_websocket(fields, options),
    )


def _refusal(error: httptools.HttpParserError, headers: list[tuple[bytes, bytes]]) -> ClientFault:
    detail = str(error)
    if isinstance(error, httptools.HttpParserInvalidMethodError):
        return ClientFault(400, "bad request", "unknown method")
    if "Transfer-Encoding" in detail and "Content-Length" not in detail:
        has_length = any(name.lower() == b"content-length" for name, _ in headers)
        if not has_length:
            return ClientFault(501, "transfer coding not implemented", detail)
    return ClientFault(400, "bad request", detail)


def _sort_out(headers: list[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], set[bytes], list[bytes]]:
    fields: dict[bytes, bytes] = {}
    repeated: set[bytes] = set()
    lines: list[bytes] = []
    for index, (name, content) in enumerate(headers):
        if content[-1:] in b" \t" and content:
            content = content.rstrip(b" \t")  # noqa: PLW2901  llhttp leaves trailing white space
            headers[index] = (name, content)
        lower = name.lower()
        if lower in fields:
            if lower in _SINGLE:
                raise ClientFault(400, "bad request", f"duplicate {lower.decode()}")
            repeated.add(lower)
            if lower == b"connection":
                fields[lower] += b"," + content
        else:
            fields[lower] = content
        if b"_" in lower:  # CGI, WSGI and PHP read an underscore as a hyphen
            lower = lower.replace(b"_", b"-")
        if lower not in NOT_FORWARDED and not lower.startswith(OWN_PREFIX):
            lines.append(b"%b: %b\r\n" % (name, content))
    return fields, repeated, lines


def _host(version: str, fields: dict[bytes, bytes]) -> str:
    host = fields.get(b"host")
    if host:
        return parse_authority(host)
    if version == "1.1":  # RFC 9112 section 3.2
        raise ClientFault(400, "bad request", "missing Host" if host is None else "empty Host")
    return ""


def _wants_websocket(fields: dict[bytes, bytes], options: list[bytes]) -> bool:
    upgrade = fields.get(b"upgrade")
    return upgrade is not None and b"upgrade" in options and upgrade.strip().lower() == b"websocket"


def _without_nominated(lines: list[bytes], options: list[bytes]) -> list[bytes]:
    nominated = tuple(option + b":" for option in options if option not in _HARMLESS_OPTIONS)
    return list(filterfalse(lambda line: line.lower().startswith(nominated), lines)) if nominated else lines


def _body_length(version: str, fields: dict[bytes, bytes]) -> int | None:
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        if version == "1.0":  # RFC 9112 section 6.1: a 1.0 message with Transfer-Encoding is faulty
            raise ClientFault(400, "bad request", "Transfer-Encoding in HTTP/1.0")
        if coding.lower() != b"chunked":
            raise ClientFault(501, "transfer coding not implemented", "transfer coding other than chunked")
        return None
    length = fields.get(b"content-length")
    if length is None:
        return 0
    if not length.isdigit() or len(length) > 18:
        raise ClientFault(400, "bad request", "malformed Content-Length")
    return int(length)


def _keeps_alive(version: str, options: list[bytes]) -> bool:
    if b"close" in options:
        return False
    return version == "1.1" or b"keep-alive" in options


def _expects_continue(version: str, fields: dict[bytes, bytes]) -> bool:
    expect = fields.get(b"expect")
    if expect is None or version == "1.0":
        return False
    if expect.lower() != b"100-continue":
        raise ClientFault(417, "expectation failed", "unknown expectation")
    return True
