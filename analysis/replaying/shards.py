"""Access logs are judged in a fixed number of shards: the result is the same for any number of processes.

A shard has all clients of some subnets (/24, /48), and remembers nothing of the others.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from analysis.access_log import Entry
from analysis.lines import Lines
from analysis.records import MAX_EVENT_BYTES, Record, event_record
from analysis.replaying.clients import MAX_COUNTED, PURCHASE_ROUTES
from analysis.replaying.onlooker import Onlooker
from analysis.replaying.report import Report
from analysis.replaying.source import Kind, Source
from analysis.replaying.trial import Bounds, Trial
from config.loader import load
from config.settings import Config
from detectors.identity.prefix import subnet_of
from detectors.value import value

SHARDS = 16
WHOLE = 0  # events are one shard: what they recorded was decided with all clients in sight
BOUNDS = Bounds(clients=12_500, assessments=12_500, counted=MAX_COUNTED // SHARDS, sharded=True)
LOOK_EVERY = 4096  # lines
AT_ONCE = 1024  # lines of one shard in a row: what judges them and whom it remembers stay in the CPU's cache
LONG_BYTES = 4096  # nobody waits behind a line like this, so that all that wait take 64 MB at most

Progress = Callable[[int], None]  # told how many bytes were taken in since the last time
Waiting = list[tuple[int, bytes]]  # lines of one shard with their numbers


@value
class Job:
    """What is replayed by what. Another process, or another machine, reads the same files itself."""

    sources: tuple[Source, ...]
    before: Path
    after: Path | None = None
    purchase_routes: frozenset[str] = PURCHASE_ROUTES

    @property
    def is_of_events(self) -> bool:
        """True for our own events."""
        return any(source.kind is Kind.EVENTS for source in self.sources)

    @property
    def shards(self) -> tuple[int, ...]:
        """All shards of the job."""
        return (WHOLE,) if self.is_of_events else tuple(range(SHARDS))

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(source.size for source in self.sources)


@lru_cache(4)
def loaded(path: Path) -> Config:
    """The configuration at `path`, once in each process."""
    return load(str(path))


@lru_cache(8192)
def shard_of(address: str) -> int:
    """The shard of a client."""
    return crc32(subnet_of(address).encode("utf-8", "surrogateescape")) % SHARDS


def judged(job: Job, shards: Collection[int], progress: Progress) -> dict[int, Report]:
    """What some of the shards found."""
    before, after = loaded(job.before), None if job.after is None else loaded(job.after)
    bounds = None if job.is_of_events else BOUNDS
    routes, onlookers = job.purchase_routes, list[Onlooker]()
    trials = {shard: Trial(before, after, None, bounds, routes, onlookers) for shard in shards}
    number = 0
    for source in job.sources:
        lines = Lines(source.path, MAX_EVENT_BYTES)
        take = _TAKES[source.kind]
        number = take(source, lines, trials, number, progress)
        if lines.truncated and WHOLE in trials:
            trials[WHOLE].report.truncated += 1
    return {shard: trial.finish() for shard, trial in trials.items()}


def _take_events(
    source: Source, lines: Lines, trials: Mapping[int, Trial], number: int, progress: Progress
) -> int:
    trial, told = trials[WHOLE], 0
    for line in lines:
        number += 1
        if not number % LOOK_EVERY:
            told = _tell(lines, told, progress)
        trial.report.lines += 1
        record = event_record(line)
        if record is None:
            trial.report.malformed += 1
        else:
            trial.take(number, record)
    progress(source.size - told)
    return number


def _take_combined(
    source: Source, lines: Lines, trials: Mapping[int, Trial], number: int, progress: Progress
) -> int:
    """The first field of a line tells whose shard it is; lines of others are not looked at any further."""
    parse, told = source.parser().entry, 0
    waiting: dict[int, Waiting] = {shard: [] for shard in trials}
    mine: dict[bytes, int] = {}
    for line in lines:
        number += 1
        if not number % LOOK_EVERY:
            told = _tell(lines, told, progress)
            if len(mine) > LOOK_EVERY:
                mine.clear()
        address = line.split(b" ", 1)[0]
        try:
            shard = mine[address]
        except KeyError:
            shard = mine[address] = shard_of(address.decode("latin-1"))
        if shard in waiting:
            ours = waiting[shard]
            ours.append((number, line))
            if len(ours) >= AT_ONCE or len(line) > LONG_BYTES:
                _take_all(trials[shard], ours, parse)
    for shard, ours in waiting.items():
        _take_all(trials[shard], ours, parse)
    progress(source.size - told)
    return number


def _take_json(
    source: Source, lines: Lines, trials: Mapping[int, Trial], number: int, progress: Progress
) -> int:
    parse, told = source.parser().entry, 0
    for line in lines:
        number += 1
        if not number % LOOK_EVERY:
            told = _tell(lines, told, progress)
        entry = parse(line)
        trial = trials.get(WHOLE if entry is None else shard_of(entry.request.address))
        if trial is not None:
            _take(trial, number, entry)
    progress(source.size - told)
    return number


def _take_all(trial: Trial, waiting: Waiting, parse: Callable[[bytes], Entry | None]) -> None:
    for number, line in waiting:
        _take(trial, number, parse(line))
    waiting.clear()


def _take(trial: Trial, number: int, entry: Entry | None) -> None:
    trial.report.lines += 1
    if entry is None:
        trial.report.malformed += 1
    else:
        trial.take(number, Record(entry.request, entry.status, entry.size))


def _tell(lines: Lines, told: int, progress: Progress) -> int:
    position = lines.position()
    progress(position - told)
    return position


_TAKES = {Kind.EVENTS: _take_events, Kind.COMBINED: _take_combined, Kind.JSON: _take_json}
