"""Somebody speaks plain HTTP to a TLS port: say so in plain HTTP, wait until it is read, and close."""

import asyncio
from collections.abc import Callable

TEXT = b"This port speaks HTTPS. Please use an address that begins with https:// instead.\n"
REPLY = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(TEXT), TEXT)
)
METHODS = (b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"OPTI", b"PATC", b"CONN", b"TRAC", b"PRI ")
MAX_READ = 64 * 1024


def is_http(data: bytes) -> bool | None:
    """Whether `data` begins as a request does; None where too little of it is there."""
    start = data[:4]
    if not any(method.startswith(start) for method in METHODS):
        return False
    return True if len(start) == 4 else None


class WrongPort(asyncio.Protocol):
    """Answers once. The rest of the request is read and dropped: a reset would eat our answer."""

    transport: asyncio.Transport

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone
        self._read = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(REPLY)
        self.transport.write_eof()

    def data_received(self, data: bytes) -> None:
        self._read += len(data)
        if self._read > MAX_READ:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self._gone()
