"""A storefront that answers with exactly the bytes it is told to, and remembers exactly what it was sent."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

from tests.support.strict import (
    CHUNK_LINE,
    REQUEST_LINE,
    Body,
    Head,
    NotHttpError,
    read_chunks,
    read_head,
    request_length,
)

KEPT_BYTES = 1 << 20  # of a body; the rest is only counted
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Do(Enum):
    """Steps of a script that are not bytes to send."""

    CONTINUE = "send 100 Continue where the request expects it"
    READ_BODY = "read the request's body to its end"
    CLOSE = "close the connection"
    RESET = "break the connection off"
    HANG = "say nothing until the other side leaves"
    ECHO = "send back whatever comes"


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next step."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Flood:
    """Send `size` bytes of `x`, as fast as they are taken."""

    size: int


Step = bytes | Do | Pause | Flood
Script = tuple[Step, ...]


@dataclass(slots=True)
class Seen:
    """One request as it arrived. `broken` says why it was not one; `whole` that its body ended."""

    raw: bytes = b""
    head: Head | None = None
    body: bytes = b""
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    body_size: int = 0
    connection: int = 0
    whole: bool = False
    broken: str = ""
    left: bool = False  # the other side went away before the script ended


@dataclass(slots=True)
class Wire:
    """Both directions of one connection, with what was read ahead."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    ahead: bytes = b""

    async def more(self) -> bool:
        """Read what there is; False at the end."""
        data = await self.reader.read(1 << 16)
        self.ahead += data
        return bool(data)


class Upstream:
    """Serves `script` for every target that `scripts` does not name.

    A script begins once the whole request was read; one that holds READ_BODY begins once the head was.
    """

    def __init__(self, script: Script = (OK,), host: str = "127.0.0.1") -> None:
        self.script = script
        self.scripts: dict[bytes, Script] = {}
        self.once: list[Script] = []  # for the next requests, one each
        self.seen: list[Seen] = []
        self.unfinished: list[Seen] = []
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.remember = True
        self.host = host
        self.port = 0
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._await(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self) -> None:
        """Listen, on the same port as before where there was one."""
        self._await(self._listen())

    def stop(self) -> None:
        """Stop listening and break every connection off, as a process that dies does."""
        self._await(self._break_off())

    def forget(self, script: Script = (OK,)) -> None:
        """Begin a new case."""
        self.script, self.scripts, self.once = script, {}, []
        self.seen, self.unfinished = [], []

    def drop_idle(self) -> None:
        """Close every connection in order, so that the next request needs a new one or a retry."""
        self._await(self._close_all())

    @property
    def address(self) -> str:
        """As a configuration names it."""
        return f"http://{self.host}:{self.port}"

    def wait(self, ready: Callable[[Self], bool], seconds: float = 5.0) -> bool:
        """True as soon as `ready` holds; False where it did not within `seconds`."""
        until = time.monotonic() + seconds
        while not ready(self):
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def _await(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._connected, self.host, self.port, limit=1 << 20, backlog=1024, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _break_off(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self.open):
            writer.transport.abort()

    async def _close_all(self) -> None:
        for writer in list(self.open):
            writer.close()

    async def _finish(self) -> None:
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        wire = Wire(reader, writer, self.connections)
        try:
            while await self._serve_one(wire):
                pass
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_one(self, wire: Wire) -> bool:
        """Read and answer one request; False where the connection has ended."""
        seen = Seen(connection=wire.number)
        try:
            head = await self._head(wire)
        except NotHttpError as fault:
            seen.broken, seen.raw = str(fault), wire.ahead
            self.seen.append(seen)
            return False
        if head is None:
            return False
        seen.head, seen.raw = head, wire.ahead[: head.size]
        wire.ahead = wire.ahead[head.size :]
        self.unfinished.append(seen)
        script = self.once.pop(0) if self.once else self.scripts.get(head.start.split(b" ")[1], self.script)
        try:
            if Do.READ_BODY not in script:
                await self._body(wire, seen)
            return await self._play(script, wire, seen)
        except NotHttpError as fault:
            seen.broken = str(fault)
            self._done(seen)
            return False
        except (ConnectionError, EOFError):
            seen.left = True
            return False

    async def _head(self, wire: Wire) -> Head | None:
        while (head := read_head(wire.ahead, REQUEST_LINE)) is None:
            if not await wire.more():
                if wire.ahead:
                    raise NotHttpError(f"ends within a head: {wire.ahead!r}")
                return None
        request_length(head)
        return head

    async def _body(self, wire: Wire, seen: Seen) -> None:
        """Read the body to its end. Raises NotHttpError, or EOFError where it ends too early."""
        assert seen.head is not None
        length = request_length(seen.head)
        if length is None:
            await self._chunks(wire, seen)
        else:
            await self._counted(wire, seen, length)
        self._done(seen)

    def _done(self, seen: Seen) -> None:
        seen.whole = not seen.broken
        self.unfinished.remove(seen)
        if self.remember:
            self.seen.append(seen)

    async def _counted(self, wire: Wire, seen: Seen, length: int) -> None:
        while seen.body_size < length:
            if not wire.ahead and not await wire.more():
                raise EOFError
            piece, wire.ahead = wire.ahead[: length - seen.body_size], wire.ahead[length - seen.body_size :]
            seen.body_size += len(piece)
            keep_piece(seen, piece)
        assert seen.head is not None
        seen.body = seen.raw[seen.head.size :]

    async def _chunks(self, wire: Wire, seen: Seen) -> None:
        body: Body | None
        while (body := read_chunks(wire.ahead)) is None:
            refuse_hopeless(wire.ahead)
            if not await wire.more():
                raise EOFError
        seen.raw += wire.ahead[: body.size]
        wire.ahead = wire.ahead[body.size :]
        seen.body, seen.body_size, seen.trailers = body.content, len(body.content), body.trailers

    async def _play(self, script: Script, wire: Wire, seen: Seen) -> bool:
        for step in script:
            match step:
                case bytes():
                    wire.writer.write(step)
                    await wire.writer.drain()
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case Flood(size):
                    await flood(wire.writer, size)
                case Do():
                    if not await self._do(step, wire, seen):
                        return False
        return True

    async def _do(self, step: Do, wire: Wire, seen: Seen) -> bool:
        match step:
            case Do.CONTINUE:
                if seen.head and seen.head.values(b"expect"):
                    wire.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return True
            case Do.READ_BODY:
                await self._body(wire, seen)
                return True
            case Do.CLOSE:
                return False
            case Do.RESET:
                break_off(wire.writer)
                return False
            case Do.HANG:
                while await wire.more():
                    pass
                seen.left = True
                return False
            case Do.ECHO:
                await echo(wire, seen)
                return False


def keep_piece(seen: Seen, piece: bytes) -> None:
    """Keep the first bytes of a long body only."""
    room = KEPT_BYTES - len(seen.raw)
    if room > 0:
        seen.raw += piece[:room]


def refuse_hopeless(data: bytes) -> None:
    """Raise NotHttpError for a first chunk line that can no longer become one."""
    line = data.split(b"\r\n", 1)[0]
    if len(line) > 2 and b"\r\n" in data and not CHUNK_LINE.fullmatch(line):
        raise NotHttpError(f"chunk line {line!r}")


async def flood(writer: asyncio.StreamWriter, size: int) -> None:
    """Send `size` bytes in pieces of 64 KiB."""
    piece = b"x" * (1 << 16)
    for place in range(0, size, len(piece)):
        writer.write(piece[: size - place])
        await writer.drain()


def break_off(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset."""
    peer: socket.socket = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def echo(wire: Wire, seen: Seen) -> None:
    """Send back everything until the other side ends."""
    while True:
        if wire.ahead:
            wire.writer.write(wire.ahead)
            await wire.writer.drain()
            wire.ahead = b""
        if not await wire.more():
            seen.left = True
            return
