"""An access log is somebody else's memory: read what it says, count what it garbles, stop for nothing."""

import re
from calendar import timegm
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from analysis.lines import Lines
from detectors.path import normal_path
from detectors.request import Request
from detectors.value import value

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
MEMO = 8192  # request lines and header pairs that are remembered

Asked = tuple[str, bytes, str, str, str]  # method, target, path, query, version
Kept = tuple[tuple[tuple[bytes, bytes], ...], dict[bytes, bytes]]


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

    def __init__(self, path: Path = Path(), host: str = "") -> None:
        self.path = path
        self.host = host
        self.lines = 0
        self.malformed = 0
        self.truncated = False
        self._hours: dict[bytes, int] = {}
        self._times: dict[bytes, float | None] = {}
        self._asked: dict[bytes, Asked | None] = {}
        self._kept: dict[tuple[bytes | None, bytes | None, bool], Kept] = {}

    def __iter__(self) -> Iterator[Entry]:
        lines = Lines(self.path)
        for line in lines:
            self.lines += 1
            entry = self.entry(line)
            if entry is None:
                self.malformed += 1
            else:
                yield entry
        self.truncated = lines.truncated

    def entry(self, line: bytes) -> Entry | None:
        """What one line says; None where it cannot be understood."""
        match = LINE.match(line)
        if match is None:
            return None
        address, stamp, line, status, size, referrer, agent = match.groups()
        arrived, asked = self.time_of(stamp), self._asked_for(line)
        if arrived is None or asked is None:
            return None
        code = int(status)
        headers, fields = self._headers(referrer, agent, code == SWITCHED)
        method, target, path, query, version = asked
        request = Request(
            method,
            target,
            path,
            query,
            self.host,
            "http",
            version,
            headers,
            fields,
            address.decode("latin-1"),
            arrived,
        )
        return Entry(request, code, 0 if size == b"-" else int(size))

    def _asked_for(self, line: bytes) -> Asked | None:
        try:
            return self._asked[line]
        except KeyError:
            make_room(self._asked)
            asked = self._asked[line] = asked_for(line)
            return asked

    def _headers(self, referrer: bytes | None, agent: bytes | None, switched: bool) -> Kept:
        try:
            return self._kept[referrer, agent, switched]
        except KeyError:
            make_room(self._kept)
            kept = self._kept[referrer, agent, switched] = headers_of(referrer, agent, switched=switched)
            return kept

    def time_of(self, stamp: bytes) -> float | None:
        """The Unix time of a stamp; None where it is none."""
        try:
            return self._times[stamp]
        except KeyError:
            make_room(self._times)
            found = self._times[stamp] = self._time(stamp)
            return found

    def _time(self, stamp: bytes) -> float | None:
        hour = stamp[:14] + stamp[20:]
        start = self._hours.get(hour)
        try:
            if start is None:
                parsed = datetime.strptime(hour.decode("ascii"), STAMP)  # noqa: DTZ007  STAMP ends with the zone
                make_room(self._hours)
                start = self._hours[hour] = timegm(parsed.utctimetuple())
            return float(start + int(stamp[15:17]) * 60 + int(stamp[18:20]))
        except ValueError:
            return None


def make_room(memo: dict[Any, Any]) -> None:
    """Forget all where there is too much: hostile lines must not fill the memory."""
    if len(memo) >= MEMO:
        memo.clear()


def asked_for(line: bytes) -> Asked | None:
    """What a request line asks for; None where it is none."""
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[0].isalpha():
        return None
    method, target, protocol = parts
    if b"\\" in target:
        target = _unescape(target)
    path, _, query = target.partition(b"?")
    version = protocol[5:].decode("latin-1")
    return method.decode("ascii"), target, normal_path(path), query.decode("latin-1"), version


def headers_of(referrer: bytes | None, agent: bytes | None, *, switched: bool) -> Kept:
    """The headers that a log keeps."""
    headers = []
    if referrer is not None and referrer not in NO_FIELD:
        headers.append((b"Referer", _unescape(referrer) if b"\\" in referrer else referrer))
    if agent is not None and agent not in NO_FIELD:
        headers.append((b"User-Agent", _unescape(agent) if b"\\" in agent else agent))
    if switched:
        headers.append(WEBSOCKET)
    return tuple(headers), {name.lower(): text for name, text in headers}


def _unescape(text: bytes) -> bytes:
    return ESCAPE.sub(
        lambda found: bytes((int(found[1], 16),)) if found[1] else PLAIN_ESCAPES.get(found[2], found[2]), text
    )
