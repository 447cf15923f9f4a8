"""One request head, read strictly: what is not certainly one well-formed request is refused.

llhttp refuses bare CR and LF, folded lines, white space before the colon, control bytes, unknown methods, and
Content-Length beside Transfer-Encoding; this file refuses what llhttp lets pass.
"""

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
        b"x-stile-risk",
        b"x-stile-band",
        b"x-stile-bot",
        b"x-stile-decision-id",
    )
)
_SINGLE = frozenset((b"host", b"content-length", b"transfer-encoding"))
_HARMLESS_OPTIONS = frozenset((b"keep-alive", b"close", b"upgrade", b"http2-settings", b"te", b""))
_REFUSED_METHODS = frozenset(("CONNECT", "TRACE"))


@value
class RequestHead:
    """What one head says, after every check.

    `lines` are the fields to forward, each with its CRLF. `length` is the body's size, None for a chunked body.
    `host` is the authority without port, `authority` as it goes upstream. `target` is in origin-form.
    """

    method: str
    target: bytes
    http_version: str
    headers: tuple[tuple[bytes, bytes], ...]
    fields: dict[bytes, bytes]
    lines: list[bytes]
    authority: bytes
    host: str
    length: int | None
    keep_alive: bool
    expects_continue: bool
    websocket: bool


class RequestParser:
    """Feeds one head at a time to llhttp. One instance serves a connection."""

    __slots__ = ("_llhttp", "_max_headers", "headers", "target")

    def __init__(self, max_headers: int) -> None:
        self._max_headers = max_headers
        self._llhttp: httptools.HttpRequestParser | None = None
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
        self.headers = []
        self.target = b""
        llhttp = self._llhttp or httptools.HttpRequestParser(self)
        self._llhttp = None
        try:
            llhttp.feed_data(head)
        except httptools.HttpParserUpgrade:
            pass  # only says that an Upgrade field or CONNECT was there
        except httptools.HttpParserError as error:
            raise _refusal(error, self.headers) from None
        parsed = self._check(llhttp)
        if parsed.length == 0 and not parsed.websocket and parsed.keep_alive:
            self._llhttp = llhttp  # llhttp now waits for a next head, so it can be used again
        return parsed

    def _check(self, llhttp: httptools.HttpRequestParser) -> RequestHead:
        method = llhttp.get_method().decode("ascii")
        version = llhttp.get_http_version()
        headers = self.headers
        if method in _REFUSED_METHODS:
            raise ClientFault(405, "method not allowed", f"{method} is refused")
        if version not in {"1.1", "1.0"}:
            raise ClientFault(505 if version == "2.0" else 400, "bad request", f"HTTP version {version}")
        if len(headers) > self._max_headers:
            raise ClientFault(431, "too many header fields", f"{len(headers)} header fields")
        fields, lines = _sort_out(headers)
        target, absolute = split_target(method, self.target)
        authority = _authority(version, fields, absolute)
        connection = fields.get(b"connection", b"keep-alive" if version == "1.1" else b"close").lower()
        options = connection.split(b",") if connection not in _HARMLESS_OPTIONS else (connection,)
        websocket = _wants_websocket(fields, options)
        if len(options) > 1 or connection not in _HARMLESS_OPTIONS:
            options = [option.strip() for option in options]
            lines = _without_nominated(lines, options)
            websocket = _wants_websocket(fields, options)
        return RequestHead(
            method=method,
            target=target,
            http_version=version,
            headers=tuple(headers),
            fields=fields,
            lines=lines,
            authority=authority,
            host=parse_authority(authority) if authority else "",
            length=_body_length(version, fields),
            keep_alive=_keeps_alive(version, options),
            expects_continue=_expects_continue(version, fields),
            websocket=websocket,
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


def _sort_out(headers: list[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], list[bytes]]:
    fields: dict[bytes, bytes] = {}
    lines: list[bytes] = []
    for index, (name, content) in enumerate(headers):
        if content[-1:] in b" \t" and content:
            content = content.rstrip(b" \t")  # noqa: PLW2901  llhttp leaves trailing white space
            headers[index] = (name, content)
        lower = name.lower()
        if lower in fields:
            if lower in _SINGLE:
                raise ClientFault(400, "bad request", f"duplicate {lower.decode()}")
            if lower == b"connection":
                fields[lower] += b"," + content
        else:
            fields[lower] = content
        if lower not in NOT_FORWARDED:
            lines.append(b"%b: %b\r\n" % (name, content))
    return fields, lines


def _authority(version: str, fields: dict[bytes, bytes], absolute: bytes | None) -> bytes:
    host = fields.get(b"host")
    if host is None and version == "1.1":
        raise ClientFault(400, "bad request", "missing Host")
    if host:
        parse_authority(host)
    if absolute is not None:  # RFC 9112 section 3.2.2: the target's authority replaces Host
        parse_authority(absolute)
        return absolute
    if not host and version == "1.1":
        raise ClientFault(400, "bad request", "empty Host")
    return host or b""


def _wants_websocket(fields: dict[bytes, bytes], options: list[bytes] | tuple[bytes, ...]) -> bool:
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


def _keeps_alive(version: str, options: list[bytes] | tuple[bytes, ...]) -> bool:
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
