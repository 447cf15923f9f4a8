"""`stile check`: everything that can be told of a configuration before it is in force, and of its cases."""

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version

import orjson

from config.cases.trial import try_cases
from config.check import by_place, sound, warnings_of
from config.checks.finding import Severity, as_finding
from config.checks.report import Report
from config.checks.sarif import sarif
from config.fault import ConfigFaults, Fault
from config.reading import Reader, Recorder, read_file
from proxy.sites import Sites
from proxy.tls.certificates import certificate_faults


def report_of(path: str, cases: Sequence[str], now: float, read: Reader = read_file) -> Report:
    """All that there is to say of the configuration at `path` and of these files of cases."""
    texts = Recorder(read)
    try:
        subject = sound(path, texts)
    except ConfigFaults as found:
        return _faulty(found.faults, texts)
    if any(listener.tls for listener in subject.config.listeners):
        faults = certificate_faults(path, texts)
        if faults:
            return _faulty(faults, texts)
    sites = Sites(subject.config.sites)
    trials = [try_cases(each, subject.config, sites.of, now, texts) for each in cases]
    own = [each for each in subject.sources.imports.values() if each.own]
    return Report(
        findings=tuple(
            by_place([*warnings_of(subject, now), *(each for trial in trials for each in trial.findings)])
        ),
        texts=texts.texts,
        files=1 + len(own) + len(cases),
        rules=len({(each.document.file, each.path) for order in subject.orders.values() for each in order}),
        cases=sum(trial.cases for trial in trials),
        passed=sum(trial.passed for trial in trials),
    )


def _faulty(faults: Iterable[Fault], texts: Recorder) -> Report:
    """A report of a configuration that cannot be used: nothing else can be told of it."""
    findings = by_place(map(as_finding, faults))
    files = {finding.place.file for finding in findings}
    return Report(tuple(findings), texts.texts, files=len(files), rules=0)


def rendered(report: Report, form: str) -> str:
    """The report as `text`, `json` or `sarif`, without its closing line."""
    if form == "text":
        return report.text()
    document = report.document() if form == "json" else sarif(report, _version())
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def status_of(report: Report, *, strict: bool) -> int:
    """0 for a sound configuration, 1 for faults; where it is strict, for warnings too."""
    return int(bool(report.count(Severity.ERROR) or (strict and report.count(Severity.WARNING))))


def _version() -> str:
    try:
        return version("stile-proxy")
    except PackageNotFoundError:
        return "0"
