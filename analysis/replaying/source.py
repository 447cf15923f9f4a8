"""A source is one file of a replay: what it holds is found out once, before anything is judged."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path

from analysis.access_log import AccessLog
from analysis.json_log import FieldMap, JsonLog, map_for
from analysis.lines import Lines, json_of
from analysis.records import MAX_EVENT_BYTES, event_record
from detectors.value import value

LOOKED_AT = 200  # lines that may be broken before a file is taken for what it is


class Kind(StrEnum):
    """What the lines of a file are."""

    COMBINED = "combined log"
    JSON = "JSON access log"
    EVENTS = "events"


class SourceFault(ValueError):
    """Files that cannot be replayed, or not together; the text says why."""


@value
class Source:
    """One file. `fields` maps a JSON access log, `begins` is the Unix time of its first readable line."""

    path: Path
    kind: Kind
    fields: FieldMap | None
    begins: float
    size: int
    changed_ns: int

    def parser(self) -> AccessLog | JsonLog:
        """What reads the lines of an access log."""
        return AccessLog() if self.fields is None else JsonLog(self.fields)


def sources_of(paths: Iterable[Path], fields: FieldMap | None = None) -> tuple[Source, ...]:
    """The files in the order of their first lines, so that rotated logs may be named in any order.

    Raises OSError and SourceFault.
    """
    found = sorted((source_of(path, fields) for path in paths), key=lambda source: source.begins)
    if len({source.kind is Kind.EVENTS for source in found}) > 1:
        raise SourceFault(
            "events and access logs cannot be replayed together: they know sessions differently"
        )
    return tuple(found)


def source_of(path: Path, fields: FieldMap | None = None) -> Source:
    """What the file at `path` is."""
    lines = list(islice(Lines(path, MAX_EVENT_BYTES), LOOKED_AT))
    kind = _kind_of(lines)
    if kind is Kind.JSON and fields is None:
        fields = map_for(lines)
        if fields is None:
            raise SourceFault(f"{path}: JSON of an unknown form; name its fields with --fields")
    if kind is not Kind.JSON:
        fields = None
    about = path.stat()
    return Source(path, kind, fields, _begins(kind, fields, lines), about.st_size, about.st_mtime_ns)


def _kind_of(lines: Sequence[bytes]) -> Kind:
    objects = [line for line in lines if line.lstrip().startswith(b"{")]
    if 2 * len(objects) <= len(lines):
        return Kind.COMBINED
    for line in objects:
        try:
            found = json_of(line)
        except ValueError:
            continue
        return Kind.EVENTS if isinstance(found, dict) and "stile" in found else Kind.JSON
    return Kind.EVENTS


def _begins(kind: Kind, fields: FieldMap | None, lines: Iterable[bytes]) -> float:
    parser = AccessLog() if fields is None else JsonLog(fields)
    for line in lines:
        found = event_record(line) if kind is Kind.EVENTS else parser.entry(line)
        if found is not None:
            return found.request.arrived
    return 0.0
