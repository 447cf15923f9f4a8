"""The door of one session: its own port, its own address behind it, a way to the shop that takes time.

What passes is left as it is but for one header line, which names the address; what the events of Stile do
not tell of a request (query, cookies, conditions) is noted here.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from analysis.lab.sessions import ELSEWHERE, Asked
from detectors.path import normal_path

MAX_HEAD = 64 * 1024
CHUNK = 64 * 1024


@dataclass(slots=True)
class Door:
    """Where one client comes in. `way_s` is how long a request is on its way."""

    address: str
    way_s: float
    gateway_port: int
    port: int = 0
    notes: list[Asked] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take connections on a free port of this machine."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_HEAD)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection("127.0.0.1", self.gateway_port)
        ways = {
            asyncio.create_task(self._ask(reader, questions)),
            asyncio.create_task(_pour(answers, writer)),
        }
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for side in (writer, questions):
            side.close()

    async def _ask(self, reader: asyncio.StreamReader, questions: asyncio.StreamWriter) -> None:
        while True:
            with suppress(asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                note, length = read_head(head)
                body = await reader.readexactly(length)
                await asyncio.sleep(self.way_s)
                self.notes.append(note)
                questions.write(head[:-2] + f"X-Forwarded-For: {self.address}\r\n\r\n".encode() + body)
                await questions.drain()
                if note.upgrade:
                    await _pour(reader, questions)
                    return
                continue
            return


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()


def read_head(head: bytes) -> tuple[Asked, int]:
    """What a request head says, and how long its body is."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    fields = {name.lower(): text.strip() for name, _, text in pairs}
    path, _, query = target.partition("?")
    note = Asked(
        method=method,
        path=normal_path(path.encode("latin-1")),
        query=query,
        referrer=referrer_of(fields),
        by_script=fields.get("sec-fetch-dest") == "empty" or "x-requested-with" in fields,
        upgrade="upgrade" in fields,
        cookie="cookie" in fields,
        conditional="if-none-match" in fields or "if-modified-since" in fields,
        ranged="range" in fields,
    )
    return note, int(fields.get("content-length", 0))


def referrer_of(fields: Mapping[str, str]) -> str | None:
    """The path of the shop that a request came from; `*` for another site."""
    referrer = fields.get("referer")
    if referrer is None:
        return None
    host, _, path = referrer.partition("://")[2].partition("/")
    return "/" + path.partition("?")[0] if host == fields.get("host") else ELSEWHERE
