"""A report as JSON and back: finished shards outlive an interruption, and nothing that is loaded can run."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from analysis.replaying.example import Example
from analysis.replaying.report import SUMS, TALLIED, Report, Tally
from detectors.evidence import Evidence

_COUNTED = ("population", "flips", "flips_by")


def packed(report: Report) -> dict[str, Any]:
    """The report as plain lists and numbers."""
    return {
        **{name: getattr(report, name) for name in (*SUMS, "halvings")},
        **{name: _pack(getattr(report, name)) for name in _COUNTED},
        "before": _pack_tally(report.before),
        "after": None if report.after is None else _pack_tally(report.after),
        "examples": [
            [list(kind), [_pack_example(each) for each in found]] for kind, found in report.examples.items()
        ],
    }


def unpacked(document: dict[str, Any]) -> Report:
    """The report again. Raises KeyError, TypeError or ValueError where it is none."""
    report = Report(
        before=_unpack_tally(document["before"]),
        after=None if document["after"] is None else _unpack_tally(document["after"]),
    )
    for name in (*SUMS, "halvings"):
        setattr(report, name, int(document[name]))
    for name in _COUNTED:
        setattr(report, name, _unpack(document[name]))
    for kind, found in document["examples"]:
        report.examples[tuple(kind)] = [_unpack_example(each) for each in found]
    return report


def _pack(counts: Counter[Any]) -> list[Any]:
    return [[list(map(str, key)) if isinstance(key, tuple) else key, count] for key, count in counts.items()]


def _unpack(rows: list[Any]) -> Counter[Any]:
    return Counter({tuple(key) if isinstance(key, list) else key: int(count) for key, count in rows})


def _pack_tally(tally: Tally) -> dict[str, Any]:
    return {name: _pack(getattr(tally, name)) for name in TALLIED}


def _unpack_tally(document: dict[str, Any]) -> Tally:
    return Tally(**{name: _unpack(document[name]) for name in TALLIED})


def _pack_example(example: Example) -> dict[str, Any]:
    return asdict(example)


def _unpack_example(document: dict[str, Any]) -> Example:
    evidence = tuple(Evidence(**item) for item in document["evidence"])
    return Example(**{**document, "evidence": evidence})
