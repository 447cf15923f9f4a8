"""What `stile check` reports: every fault, every file that is named in vain, and what is sound but unwise."""

from collections.abc import Iterable, Iterator

from config.checks.allows import unsafe_allows
from config.checks.fairness import believed_cookies, no_verified_bots, refusals_by_score
from config.checks.files import file_faults, readable_secrets
from config.checks.finding import Finding
from config.checks.reach import unreachable
from config.checks.subject import Subject, subject_of
from config.checks.unused import unused
from config.fault import ConfigFaults, Fault, in_order
from config.reading import Reader, Recorder, read_file


def check(path: str, read: Reader = read_file) -> list[Fault]:
    """All faults of the configuration at `path`; empty where it can be used."""
    try:
        sound(path, Recorder(read))
    except ConfigFaults as found:
        return list(found.faults)
    return []


def sound(path: str, texts: Recorder) -> Subject:
    """The configuration at `path`, with every file that it names. Raises ConfigFaults."""
    subject = subject_of(path, texts)
    faults = in_order(file_faults(subject.config, subject.sources.document, texts))
    if faults:
        raise ConfigFaults(faults)
    return subject


def warnings(path: str, now: float, read: Reader = read_file) -> list[Finding]:
    """What the configuration at `path`, which has no faults, makes possible against its operator's wish."""
    return warnings_of(subject_of(path, Recorder(read)), now)


def warnings_of(subject: Subject, now: float) -> list[Finding]:
    """The same for one that was read already; `now` is in Unix seconds."""
    return by_place(_warnings(subject, now))


def _warnings(subject: Subject, now: float) -> Iterator[Finding]:
    yield from unreachable(subject, now)
    yield from unsafe_allows(subject)
    yield from refusals_by_score(subject)
    yield from believed_cookies(subject)
    yield from readable_secrets(subject)
    yield from no_verified_bots(subject)
    yield from unused(subject)


def by_place(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by their place; the files in the order in which they were first named."""
    found = list(findings)
    ranks = {file: rank for rank, file in enumerate(dict.fromkeys(each.place.file for each in found))}
    return sorted(found, key=lambda each: (ranks[each.place.file], each.place.line, each.place.column))
