"""An access log is somebody else's memory: read what it says, count what it garbles, stop for nothing."""

import gzip
import re
import zlib
from calendar import timegm
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from detectors.path import normal_path
from detectors.request import Request
from detectors.value import value

MAX_LINE_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
QUOTED = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
# Apache's and nginx's combined format, the last two fields optional as in the common format.
LINE = re.compile(
    rb"(\S+) \S+ (?:\S+|.*?) \[([^\]]{20,32})\] "
    + QUOTED
    + rb" ([0-9]{3}) ([0-9]{1,15}|-)(?: "
    + QUOTED
    + rb" "
    + QUOTED
    + rb")?\s*\Z",
    re.DOTALL,
)
ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
PLAIN_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"b": b"\b"}
STAMP = "%d/%b/%Y:%H %z"
SWITCHED = 101  # the answer to what begins a WebSocket
WEBSOCKET = (b"Upgrade", b"websocket")
NO_FIELD = frozenset((b"", b"-"))


@value
class Entry:
    """One line of an access log: the request as far as the log knows it, and its answer."""

    request: Request
    status: int
    size: int


class AccessLog:
    """The entries of a combined-format log, plain or gzip; iterate over it once.

    Afterwards `lines` and `malformed` count what was read and what could not be understood; `truncated` tells
    that a compressed file ended early. Requests carry the headers that the format keeps: Referer, User-Agent.
    """

    def __init__(self, path: Path, host: str = "") -> None:
        self.path = path
        self.host = host
        self.lines = 0
        self.malformed = 0
        self.truncated = False
        self._hours: dict[bytes, int] = {}

    def __iter__(self) -> Iterator[Entry]:
        with open_log(self.path) as log:
            for line in self._lines(log):
                self.lines += 1
                entry = self.entry(line)
                if entry is None:
                    self.malformed += 1
                else:
                    yield entry

    def _lines(self, log: BinaryIO) -> Iterator[bytes]:
        try:
            while line := log.readline(MAX_LINE_BYTES):
                rest = line
                while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
                    rest = log.readline(MAX_LINE_BYTES)
                if not line.isspace():
                    yield line
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.truncated = True

    def entry(self, line: bytes) -> Entry | None:
        """What one line says; None where it cannot be understood."""
        match = LINE.match(line)
        if match is None:
            return None
        address, stamp, asked, status, size, referrer, agent = match.groups()
        arrived = self._time(stamp)
        parts = asked.split(b" ")
        if arrived is None or len(parts) != 3 or not parts[0].isalpha():
            return None
        request = self._request(address, arrived, parts, referrer, agent, switched=int(status) == SWITCHED)
        return Entry(request, int(status), 0 if size == b"-" else int(size))

    def _request(
        self,
        address: bytes,
        arrived: float,
        asked: list[bytes],
        referrer: bytes | None,
        agent: bytes | None,
        *,
        switched: bool,
    ) -> Request:
        method, target, protocol = asked
        if b"\\" in target:
            target = _unescape(target)
        path, _, query = target.partition(b"?")
        headers = []
        if referrer is not None and referrer not in NO_FIELD:
            headers.append((b"Referer", _unescape(referrer) if b"\\" in referrer else referrer))
        if agent is not None and agent not in NO_FIELD:
            headers.append((b"User-Agent", _unescape(agent) if b"\\" in agent else agent))
        if switched:
            headers.append(WEBSOCKET)
        return Request(
            method.decode("ascii"),
            target,
            normal_path(path),
            query.decode("latin-1"),
            self.host,
            "http",
            protocol[5:].decode("latin-1"),
            tuple(headers),
            {name.lower(): text for name, text in headers},
            address.decode("latin-1"),
            arrived,
        )

    def _time(self, stamp: bytes) -> float | None:
        hour = stamp[:14] + stamp[20:]
        start = self._hours.get(hour)
        try:
            if start is None:
                parsed = datetime.strptime(hour.decode("ascii"), STAMP)  # noqa: DTZ007  STAMP ends with the zone
                start = timegm(parsed.utctimetuple())
                if len(self._hours) > 1024:  # a log in order needs one
                    self._hours.clear()
                self._hours[hour] = start
            return float(start + int(stamp[15:17]) * 60 + int(stamp[18:20]))
        except ValueError:
            return None


def open_log(path: Path) -> BinaryIO:
    """The file at `path` for reading, decompressed where its first bytes are those of gzip."""
    with path.open("rb") as log:
        magic = log.read(2)
    if magic == GZIP_MAGIC:
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def _unescape(text: bytes) -> bytes:
    return ESCAPE.sub(
        lambda found: bytes((int(found[1], 16),)) if found[1] else PLAIN_ESCAPES.get(found[2], found[2]), text
    )
