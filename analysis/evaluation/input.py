"""Lines become sessions as these end, so that a log may be longer than the memory is wide."""

import gzip
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from analysis.access_log import AccessLog, Entry
from analysis.evaluation.labelled_events import Labelled, Sign, labelled, sign_of
from analysis.lines import GZIP_MAGIC
from analysis.records import MAX_EVENT_BYTES, record_of
from analysis.sessions import sessions_of
from detectors.behaviour.client import VISIT_GAP_S
from detectors.path import OWN_PREFIX
from detectors.value import value

SLACK_S = 60.0  # servers write a line when its answer ends, so lines are out of order by as much
BACK_S = 3600.0  # time that goes back further belongs to another day's log, appended
MAX_OPEN = 100_000  # visitors at once; who was silent longest is taken to have left
MAX_ACTS = 2_000  # of one session; what came after is left out of it
SHOWN = 3
SHOWN_CHARS = 80


class InputFault(ValueError):
    """A file that cannot be read as a log or as events; the reason says why."""


@value
class Garbled:
    """A line that could not be understood: its number and its beginning, printable ASCII only."""

    number: int
    beginning: str


@dataclass(slots=True)
class Source:
    """One file and what was read from it. `truncated`: a compressed file that ends early."""

    path: Path
    kind: str = ""
    lines: int = 0
    malformed: int = 0
    garbled: list[Garbled] = field(default_factory=list)
    truncated: bool = False
    sessions: int = 0
    unlabelled: int = 0
    first_s: float = 0.0
    last_s: float = 0.0

    def cannot_read(self, line: bytes) -> None:
        """Count a line that could not be understood, and keep the first few to show."""
        self.malformed += 1
        if len(self.garbled) < SHOWN:
            self.garbled.append(Garbled(self.lines, printable(line)))


@dataclass(slots=True)
class Visitor:
    """Who is on the site now."""

    site: str
    entries: list[Entry]
    last_s: float
    signs: set[Sign]


Progress = Callable[[Source, int], None]  # told how many bytes of the file have been read
Seen = tuple[str, str, Entry, Sign | None]  # site, visitor's key, request, what it tells of who sent it


def labelled_sessions(sources: Sequence[Source], progress: Progress = lambda *_: None) -> Iterator[Labelled]:
    """All sessions of the files that somebody or something labels. Raises InputFault or OSError.

    A log is one site, named by its file up to the first dot; events name theirs. What a session did is in one
    file, or it counts as two sessions.
    """
    for source in sources:
        lobby = Lobby(source)
        for seen in _seen(source, progress):
            yield from lobby.enter(*seen)
        yield from lobby.leave_all()
        if source.truncated and not source.lines:
            raise InputFault(f"{source.path}: compressed data that cannot be read")
        if source.lines and source.malformed == source.lines:
            raise InputFault(
                f"{source.path}: not one of {source.lines} lines is of a combined log or an event"
            )


class Lobby:
    """Who is on the site; sessions come out as they end. The order of lines in a minute does not matter."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._open: OrderedDict[tuple[str, str], Visitor] = OrderedDict()
        self._now = 0.0

    def enter(self, site: str, key: str, entry: Entry, sign: Sign | None) -> Iterator[Labelled]:
        """Add a request; who has been silent too long leaves."""
        arrived = entry.request.arrived
        self._keep_time(arrived)
        if arrived < self._now - BACK_S:
            yield from self.leave_all()
            self._now = arrived
        self._now = max(self._now, arrived)
        visitor = self._open.get((site, key))
        if visitor is None:
            visitor = self._open[site, key] = Visitor(site, [], arrived, set())
        visitor.last_s = max(visitor.last_s, arrived)
        self._open.move_to_end((site, key))
        if sign is not None:
            visitor.signs.add(sign)
        if len(visitor.entries) < MAX_ACTS and not entry.request.path.startswith(OWN_PREFIX):
            visitor.entries.append(entry)
        yield from self._leave_silent()

    def leave_all(self) -> Iterator[Labelled]:
        """Nothing more comes."""
        while self._open:
            yield from self._leave_first()

    def _leave_silent(self) -> Iterator[Labelled]:
        while self._open:
            first = next(iter(self._open.values()))
            if len(self._open) <= MAX_OPEN and first.last_s + VISIT_GAP_S + SLACK_S > self._now:
                return
            yield from self._leave_first()

    def _leave_first(self) -> Iterator[Labelled]:
        _, visitor = self._open.popitem(last=False)
        for session in sessions_of(_of_one_address(visitor.entries), visitor.site):
            found = labelled(session, visitor.signs)
            self._source.sessions += 1
            if found is None:
                self._source.unlabelled += 1
            else:
                yield found

    def _keep_time(self, arrived: float) -> None:
        source = self._source
        source.first_s = min(source.first_s or arrived, arrived)
        source.last_s = max(source.last_s, arrived)


def printable(line: bytes) -> str:
    """The beginning of a line, safe to show on a terminal: control characters and foreign bytes escaped."""
    text = line[: SHOWN_CHARS * 2].decode("latin-1").rstrip("\r\n")
    shown = text.encode("unicode_escape").decode("ascii")
    return (
        shown if len(shown) <= SHOWN_CHARS and len(line) <= SHOWN_CHARS * 2 else shown[:SHOWN_CHARS] + "..."
    )


def _seen(source: Source, progress: Progress) -> Iterator[Seen]:
    lines = _lines(source, progress)
    first = next(lines, b"")
    is_json = first.lstrip().startswith(b"{")
    source.kind = "events" if is_json else "combined log"
    read = _event if is_json else _log_line(source)
    line: bytes | None = first or None
    while line is not None:
        try:
            seen = read(line)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            seen = None
        if seen is None:
            source.cannot_read(line)
        else:
            yield seen
        line = next(lines, None)


def _log_line(source: Source) -> Callable[[bytes], Seen | None]:
    site = source.path.name.partition(".")[0] or source.path.name
    log = AccessLog(source.path)

    def read(line: bytes) -> Seen | None:
        entry = log.entry(line)
        if entry is None:
            return None
        request = entry.request
        return site, f"{request.address} {request.text(b'user-agent')}", entry, None

    return read


def _event(line: bytes) -> Seen:
    event: dict[str, Any] = orjson.loads(line)
    record = record_of(event)
    request = record.request
    site = str(event.get("service", {}).get("name") or "events")
    key = record.session or f"{request.address} {request.text(b'user-agent')}"
    # What Stile answered in place of the shop counts on nobody, as it does live.
    status, size = (record.status, record.size) if record.forwarded else (200, 0)
    return site, key, Entry(request, status, size), sign_of(event)


def _of_one_address(entries: list[Entry]) -> Iterator[Entry]:
    """A session that moved between networks is still one: all of it under its first address."""
    for entry in entries:
        address = entries[0].request.address
        same = entry.request.address == address
        yield entry if same else replace(entry, request=replace(entry.request, address=address))


def _lines(source: Source, progress: Progress) -> Iterator[bytes]:
    with source.path.open("rb") as raw:
        packed = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        log = gzip.GzipFile(fileobj=raw) if packed else raw
        try:
            while line := log.readline(MAX_EVENT_BYTES):
                rest = line
                while len(rest) == MAX_EVENT_BYTES and not rest.endswith(b"\n"):
                    rest = log.readline(MAX_EVENT_BYTES)
                if not line.isspace():
                    source.lines += 1
                    if not source.lines & 1023:
                        progress(source, raw.tell())
                    yield line
        except (EOFError, zlib.error, gzip.BadGzipFile):
            source.truncated = True
        progress(source, raw.tell())
