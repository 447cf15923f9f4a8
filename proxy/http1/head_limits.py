"""How long a head may be, and what may stand before it."""

from config.settings import Limits
from proxy.faults import ClientFault

MAX_EMPTY_LINES = 8


def empty_lines(buffer: bytes) -> int:
    """How many bytes of empty lines stand before a request; 0 where more bytes must tell.

    RFC 9112 section 2.2 lets a server ignore them. Raises ClientFault for a flood of them, a bare CR or LF.
    """
    if buffer == b"\r":
        return 0
    for at in range(0, 2 * MAX_EMPTY_LINES, 2):
        if buffer[at : at + 2] != b"\r\n":
            if at:
                return at
            break
    raise ClientFault(400, "bad request", "empty lines before the request")


def check_size(buffer: bytes, end: int, limits: Limits) -> None:
    """Raises ClientFault for a head that is too long; `end` is where it ends, below 0 until it is whole."""
    line = buffer.find(b"\n", 0, limits.max_line_bytes + 2)
    if line < 0 and len(buffer) > limits.max_line_bytes:
        raise ClientFault(414, "request line too long")
    if (end if end >= 0 else len(buffer)) > limits.max_head_bytes:
        raise ClientFault(431, "request head too large")
    if end < 0 and buffer.count(b"\n") != buffer.count(b"\r\n"):
        raise ClientFault(400, "bad request", "bare LF in head")
