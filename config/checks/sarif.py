"""A report as SARIF 2.1.0, which code hosts and editors show beside the lines (OASIS, 27 March 2020)."""

from pathlib import PurePath
from urllib.parse import quote

from config.checks.finding import KINDS, Finding
from config.checks.report import Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: Report, version: str) -> dict[str, object]:
    """One run of `stile check` by the tool of this `version`."""
    used = {finding.kind.id for finding in report.findings}
    kinds = [kind for kind in KINDS.values() if kind.id in used]
    places = {kind.id: place for place, kind in enumerate(kinds)}
    rules = [
        {
            "id": kind.id,
            "shortDescription": {"text": kind.meaning},
            "defaultConfiguration": {"level": str(kind.severity)},
        }
        for kind in kinds
    ]
    driver = {"name": "stile check", "version": version, "rules": rules}
    results = [_result(finding, places[finding.kind.id]) for finding in report.findings]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _result(finding: Finding, rule: int) -> dict[str, object]:
    region = {"startLine": finding.place.line, "startColumn": finding.place.column}
    place = {"artifactLocation": {"uri": _uri(finding.place.file)}, "region": region}
    result: dict[str, object] = {
        "ruleId": finding.kind.id,
        "ruleIndex": rule,
        "level": str(finding.kind.severity),
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
    }
    if finding.path:
        logical = [{"fullyQualifiedName": finding.path}]
        result["locations"] = [{"physicalLocation": place, "logicalLocations": logical}]
    return result


def _uri(file: str) -> str:
    """A file's address: relative where its path is (RFC 3986 section 4.2)."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
