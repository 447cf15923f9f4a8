"""One connection to one server: what is asked in order is answered in order, and many may ask at once.

redis-py's pool costs 83 to 107 µs of CPU for a call, this 13 to 45 µs, and 10 MB less memory per process;
so that is used for what is rare alone (`eraser.py`).
"""

import asyncio
import os
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from hiredis import ProtocolError, Reader, ReplyError, pack_command

from config.where import Spot, StoreTls
from proxy.state.store_fault import StoreFault, away, refused

CONNECT_TIMEOUT_S = 0.5
REPLY_TIMEOUT_S = 1.0  # a paused store holds a background task this long, never a request

Word = bytes | str | int
Reply = bytes | int | None | list["Reply"]


@dataclass(frozen=True, slots=True)
class Entrance:
    """How a server is entered. `tls` None is a plain connection."""

    username: str | None
    password: str | None = field(repr=False)
    database: int
    tls: StoreTls | None


class Wire(asyncio.Protocol):
    """An open connection. `heard` takes what is published on its channels, and None at the end."""

    def __init__(self, name: str, heard: Callable[[bytes | None], None] | None = None) -> None:
        self._name = name
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._reader = Reader()
        self._waiting: deque[asyncio.Future[object]] = deque()
        self._asked: deque[float] = deque()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.WriteTransport | None = None
        self._retired = False
        self.lost: StoreFault | None = None

    def send(self, packed: bytes, count: int = 1) -> list[asyncio.Future[object]]:
        """Write `count` packed commands; each future will hold a reply, a ReplyError or a StoreFault."""
        futures = [self._loop.create_future() for _ in range(count)]
        if self.lost is not None or self._transport is None:
            for future in futures:
                future.set_result(away(f"{self._name}: the connection is closed", sent=False))
            return futures
        self._waiting.extend(futures)
        self._asked.extend([self._loop.time()] * count)
        if self._watch is None:
            self._watch = self._loop.call_later(REPLY_TIMEOUT_S, self._look)
        self._transport.write(packed)
        return futures

    async def ask(self, *words: Word) -> Reply:
        """One command and its reply. Raises StoreFault."""
        return answer(await self.send(packed(*words))[0])

    def close(self, reason: str = "closed") -> None:
        """End the connection; who waits for an answer is told the reason."""
        if self._transport is not None and self.lost is None:
            self._end(away(f"{self._name}: {reason}", sent=True))
            self._transport.abort()

    def retire(self) -> None:
        """End the connection once everybody has their answer."""
        self._retired = True
        if not self._waiting:
            self.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to be written to."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand every whole reply to who has waited longest."""
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not False:
                self._take(reply)
        except ProtocolError as fault:
            self.close(f"speaks no Redis: {fault}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits for a connection that has ended."""
        if self.lost is None:
            self._end(away(f"{self._name}: {exc or 'the server closed the connection'}", sent=True))

    def _take(self, reply: object) -> None:
        if self._heard is not None and isinstance(reply, list) and reply[:1] == [b"message"]:
            self._heard(reply[2])
        elif not self._waiting:
            self.close("answers what nobody asked")
        else:
            self._asked.popleft()
            future = self._waiting.popleft()
            if not future.done():  # done: the caller was cancelled
                future.set_result(reply)
            if self._retired and not self._waiting:
                self.close()

    def _look(self) -> None:
        """The watch went off: the oldest question may be too old."""
        self._watch = None
        if not self._asked:
            return
        left_s = self._asked[0] + REPLY_TIMEOUT_S - self._loop.time()
        if left_s <= 0.0:
            self.close(f"no answer within {REPLY_TIMEOUT_S:g} s")
        else:
            self._watch = self._loop.call_later(left_s, self._look)

    def _end(self, fault: StoreFault) -> None:
        self.lost = fault
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        waiting, self._waiting = self._waiting, deque()
        self._asked.clear()
        for future in waiting:
            if not future.done():
                future.set_result(fault)
        if self._heard is not None:
            self._heard(None)


def packed(*words: Word) -> bytes:
    """A command as it is written."""
    return cast("bytes", pack_command(words))  # type: ignore[arg-type]  # its stub wants 1-tuples


def answer(result: object) -> Reply:
    """What a future of `send` holds, as a reply. Raises StoreFault."""
    if isinstance(result, StoreFault):
        raise StoreFault(str(result), result.trouble, sent=result.sent)  # one fault may have many hearers
    if isinstance(result, ReplyError):
        raise refused(result)
    return cast("Reply", result)


def values(reply: Reply) -> list[bytes | None]:
    """MGET's reply."""
    if not isinstance(reply, list):
        return []
    return [each if isinstance(each, bytes) else None for each in reply]


async def dial(spot: Spot, entrance: Entrance, heard: Callable[[bytes | None], None] | None = None) -> Wire:
    """Connect and enter. Raises StoreFault, which says where and never repeats the password."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            wire = await _connected(spot, entrance, heard)
    except TimeoutError:
        raise away(f"{spot}: no connection within {CONNECT_TIMEOUT_S:g} s", sent=False) from None
    except OSError as fault:  # ssl.SSLError is one
        raise away(f"{spot}: {_reason(fault)}", sent=False) from None
    try:
        await _enter(wire, entrance)
    except StoreFault as fault:
        wire.close()
        text = str(fault)
        if entrance.password:
            text = text.replace(entrance.password, "***")  # an old server repeats what it does not know
        named = text if text.startswith(str(spot)) else f"{spot}: {text}"
        raise StoreFault(named, fault.trouble, sent=False) from None
    except BaseException:
        wire.close()
        raise
    return wire


def _reason(fault: OSError) -> str:
    if isinstance(fault, ssl.SSLError) or not fault.errno or fault.errno < 0:  # below 0: from the resolver
        return fault.strerror or str(fault) or type(fault).__name__
    return os.strerror(fault.errno)


async def _connected(spot: Spot, entrance: Entrance, heard: Callable[[bytes | None], None] | None) -> Wire:
    loop = asyncio.get_running_loop()
    wire = Wire(str(spot), heard)
    if not spot.port:
        await loop.create_unix_connection(lambda: wire, spot.host)
    else:
        context = None if entrance.tls is None else tls_context(entrance.tls)
        await loop.create_connection(lambda: wire, spot.host, spot.port, ssl=context)
    return wire


async def _enter(wire: Wire, entrance: Entrance) -> None:
    if entrance.password is not None:
        who = (entrance.username,) if entrance.username else ()
        await wire.ask("AUTH", *who, entrance.password)
    if entrance.database:
        await wire.ask("SELECT", entrance.database)


def tls_context(tls: StoreTls) -> ssl.SSLContext:
    """A client's context, TLS 1.2 and later; made anew once a file has changed. Raises OSError."""
    files = [path for path in (tls.ca, tls.certificate, tls.key) if path is not None]
    return _context(tls, tuple(path.stat().st_mtime_ns for path in files))


@lru_cache(4)
def _context(tls: StoreTls, changed: tuple[int, ...]) -> ssl.SSLContext:  # noqa: ARG001  the key of the cache
    context = ssl.create_default_context(cafile=tls.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context
