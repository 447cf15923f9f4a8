"""The fields of one request, sorted out: what they say about framing, what goes on, what stays here."""

from itertools import filterfalse
from typing import Any

from detectors.value import value
from proxy.faults import ClientFault
from proxy.http1.target import parse_authority

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


@value
class HeaderBlock:
    """What the fields of a request say, whatever its request line is.

    `fields` maps lower-case names to first values; `repeated` are the names that came more than once.
    `forwarded` are the lines that go to the storefront, `framing` is the one that says to it where the body
    ends, `length` is the body's size, None for a chunked body.
    `host` is empty where an HTTP/1.0 request names none.
    """

    headers: tuple[tuple[bytes, bytes], ...]
    fields: dict[bytes, bytes]
    repeated: frozenset[bytes]
    forwarded: bytes
    framing: bytes
    host: str
    length: int | None
    keep_alive: bool
    expects_continue: bool
    websocket: bool
    senders: dict[str, Any]  # what the gate found out, by scheme and peer, while these are remembered


def block_of(headers: list[tuple[bytes, bytes]], version: str, max_headers: int) -> HeaderBlock:
    """Sort out `headers`, which llhttp has read. Raises ClientFault."""
    if len(headers) > max_headers:
        raise ClientFault(431, "too many header fields", f"{len(headers)} header fields")
    fields, repeated, lines = _sort_out(headers)
    connection = fields.get(b"connection", b"").lower()
    options = [option.strip() for option in connection.split(b",")]
    host, length = _host(version, fields), _body_length(version, fields)
    return HeaderBlock(
        headers=tuple(headers),
        fields=fields,
        repeated=frozenset(repeated),
        forwarded=b"".join(_without_nominated(lines, options)),
        framing=_framing(length, b"content-length" in fields),
        host=host,
        length=length,
        keep_alive=_keeps_alive(version, options),
        expects_continue=_expects_continue(version, fields),
        websocket=version == "1.1" and _wants_websocket(fields, options),
        senders={},
    )


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


def _framing(length: int | None, declared: bool) -> bytes:
    if length is None:
        return b"Transfer-Encoding: chunked\r\n"
    return b"Content-Length: %d\r\n" % length if declared else b""


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
