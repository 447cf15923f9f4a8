"""Chunked framing, followed byte by byte and believed only where it is exact (RFC 9112 section 7.1)."""

import re
from collections.abc import Callable

MAX_SIZE_LINE = 256  # a size of 16 digits and extensions; nobody sends longer ones in good faith
MAX_EXTENSION_BYTES = 16 * 1024  # in a whole body; Go's net/http settled on the same after CVE-2023-39326
MAX_TRAILER_BYTES = 8 * 1024
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_TRAILER_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\x00-\x08\x0a-\x1f\x7f]*)")
# RFC 9110 section 6.5.1: framing, routing and authentication must not arrive late.
_FORBIDDEN_TRAILERS = frozenset(
    (
        b"transfer-encoding",
        b"content-length",
        b"host",
        b"connection",
        b"authorization",
        b"cookie",
        b"set-cookie",
        b"content-encoding",
        b"content-type",
        b"trailer",
        b"te",
    )
)


class BadChunk(ValueError):
    """The framing is broken; nothing after it can be trusted."""


class ChunkedBody:
    """Follows one chunked body through any cutting of its bytes.

    `scan` returns the pieces of payload in a piece of input and where the body ended in it (-1: not yet).
    `size` counts payload bytes; `trailers` holds the trailer lines that may be forwarded, with their CRLFs.
    """

    __slots__ = ("_extension_bytes", "_left", "_line", "_state", "_trailer_bytes", "size", "trailers")

    def __init__(self) -> None:
        self._state: Callable[[bytes, int, list[bytes]], int] = self._in_size
        self._line = b""
        self._left = 0
        self._extension_bytes = 0
        self._trailer_bytes = 0
        self.size = 0
        self.trailers: list[bytes] = []

    def scan(self, data: bytes) -> tuple[list[bytes], int]:
        """Follow `data`. Raises BadChunk."""
        payload: list[bytes] = []
        at = 0
        end = len(data)
        while at < end:
            at = self._state(data, at, payload)
            if at < 0:
                return payload, -at
        return payload, -1

    def _take_line(self, data: bytes, at: int, limit: int) -> tuple[bytes | None, int]:
        feed = data.find(b"\n", at)
        stop = len(data) if feed < 0 else feed + 1
        self._line += data[at:stop]
        if len(self._line) > limit:
            raise BadChunk("chunk line too long")
        if feed < 0:
            return None, stop
        line, self._line = self._line, b""
        if not line.endswith(b"\r\n"):
            raise BadChunk("bare LF in chunked body")
        return line[:-2], stop

    def _in_size(self, data: bytes, at: int, _payload: list[bytes]) -> int:
        line, at = self._take_line(data, at, MAX_SIZE_LINE)
        if line is None:
            return at
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise BadChunk("malformed chunk size")
        self._extension_bytes += len(line) - len(match[1])
        if self._extension_bytes > MAX_EXTENSION_BYTES:
            raise BadChunk("too many chunk extensions")
        self._left = int(match[1], 16)
        self._state = self._in_data if self._left else self._in_trailers
        return at

    def _in_data(self, data: bytes, at: int, payload: list[bytes]) -> int:
        piece = data[at : at + self._left] if at or self._left < len(data) else data
        payload.append(piece)
        self.size += len(piece)
        self._left -= len(piece)
        if not self._left:
            self._state = self._after_data
        return at + len(piece)

    def _after_data(self, data: bytes, at: int, _payload: list[bytes]) -> int:
        piece = data[at : at + 2 - len(self._line)]
        self._line += piece
        if not b"\r\n".startswith(self._line):
            raise BadChunk("chunk data not followed by CRLF")
        if len(self._line) == 2:
            self._line = b""
            self._state = self._in_size
        return at + len(piece)

    def _in_trailers(self, data: bytes, at: int, _payload: list[bytes]) -> int:
        line, at = self._take_line(data, at, MAX_TRAILER_BYTES)
        if line is None:
            return at
        if not line:
            return -at
        self._trailer_bytes += len(line) + 2
        match = _TRAILER_LINE.fullmatch(line)
        if match is None or self._trailer_bytes > MAX_TRAILER_BYTES:
            raise BadChunk("malformed trailer")
        if match[1].lower() not in _FORBIDDEN_TRAILERS:
            self.trailers.append(line + b"\r\n")
        return at


def as_chunks(pieces: list[bytes]) -> bytes:
    """Frame payload pieces again, without extensions."""
    return b"".join([b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces])
