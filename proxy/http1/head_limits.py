"""How long a head may be, and what may stand before it."""

import re

from config.settings import Limits
from proxy.faults import ClientFault

_EMPTY_LINES = re.compile(rb"(?:\r\n)+")


def empty_lines(buffer: bytes) -> int:
    """How many bytes of empty lines stand before a request; 0 where more bytes must tell.

    RFC 9112 section 2.2 lets a server ignore them: all at once, however they were cut into reads, so that a
    flood of them costs next to nothing. Raises ClientFault for a bare CR or LF.
    """
    empty = _EMPTY_LINES.match(buffer)
    if empty is not None:
        return empty.end()
    if buffer == b"\r":
        return 0
    raise ClientFault(400, "bad request", "bare CR or LF before the request")


def check_size(buffer: bytes, end: int, limits: Limits) -> None:
    """Raises ClientFault for a head that is too long; `end` is where it ends, below 0 until it is whole."""
    line = buffer.find(b"\n", 0, limits.max_line_bytes + 2)
    if line < 0 and len(buffer) > limits.max_line_bytes:
        raise ClientFault(414, "request line too long")
    if (end if end >= 0 else len(buffer)) > limits.max_head_bytes:
        raise ClientFault(431, "request head too large")
    if end < 0 and buffer.count(b"\n") != buffer.count(b"\r\n"):
        raise ClientFault(400, "bad request", "bare LF in head")
