"""Who may leave HTTP, and that nobody else gets past it (RFC 9110 section 7.8, RFC 6455 section 4)."""

from dataclasses import replace

from tests.vectors.case import HOST, ONE_CHUNK, Case, answer, forwarded, get, head, post
from tests.vectors.smuggling import SMUGGLED

UPGRADE = "RFC 9110 section 7.8"
WEBSOCKET = "RFC 6455 section 4.1"
ASKS = (
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
REST = ASKS[2:]


def ignored(sent: bytes, reaches: bytes) -> Case:
    """The request goes on as if Upgrade were not there."""
    return replace(forwarded(UPGRADE, sent, reaches), lacks=(b"upgrade",))


CASES: dict[str, Case] = {
    "WebSocket that the storefront does not speak": replace(
        forwarded(WEBSOCKET, get(*ASKS), get(*ASKS[1:])), adds=((b"upgrade", rb"websocket"),)
    ),
    "WebSocket that the storefront refuses": replace(
        forwarded(WEBSOCKET, get(*ASKS), get(*ASKS[1:])),
        plays=(answer(b"HTTP/1.1 403 No", b"Content-Length: 2", body=b"no"),),
        statuses=(403,),
    ),
    "WebSocket with a counted body": ignored(
        get(*ASKS, b"Content-Length: 43") + SMUGGLED, get(*REST, b"Content-Length: 43") + SMUGGLED
    ),
    "WebSocket with a chunked body": ignored(
        get(*ASKS, b"Transfer-Encoding: chunked") + ONE_CHUNK,
        get(*REST, b"Transfer-Encoding: chunked") + ONE_CHUNK,
    ),
    "WebSocket by POST": ignored(post(*ASKS), post(*REST)),
    "WebSocket by POST with a body": ignored(
        post(*ASKS, b"Content-Length: 43") + SMUGGLED, post(*REST, b"Content-Length: 43") + SMUGGLED
    ),
    "WebSocket by HEAD": replace(
        ignored(head(b"HEAD /a HTTP/1.1", HOST, *ASKS), head(b"HEAD /a HTTP/1.1", HOST, *REST)),
        gets=answer(b"Content-Length: 2"),
        plays=(answer(b"Content-Length: 2"),),
    ),
    "WebSocket from HTTP/1.0": replace(
        ignored(head(b"GET /a HTTP/1.0", HOST, *ASKS), get(*REST)), stays=False
    ),
    "WebSocket among other protocols": ignored(
        get(b"Connection: Upgrade", b"Upgrade: h2c, websocket", *REST), get(*REST)
    ),
    "h2c with a body": ignored(
        post(
            b"Connection: Upgrade, HTTP2-Settings",
            b"Upgrade: h2c",
            b"HTTP2-Settings: AA",
            b"Content-Length: 43",
        )
        + SMUGGLED,
        post(b"Content-Length: 43") + SMUGGLED,
    ),
}
