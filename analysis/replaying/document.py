"""A report as one JSON object, in an order that does not depend on how it was made."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from analysis.replaying.budget import METRICS
from analysis.replaying.clients import ALL, LOGGED_IN, PEOPLE, PURCHASING, VERIFIED
from analysis.replaying.example import Example
from analysis.replaying.report import KINDS, Report, Tally

GROUPS = (ALL, PEOPLE, LOGGED_IN, PURCHASING, VERIFIED)
Document = dict[str, Any]


def as_json(report: Report) -> Document:
    """The report as a JSON object."""
    return {
        "lines": report.lines,
        "malformed": report.malformed,
        "truncated_files": report.truncated,
        "judged": report.judged,
        "no_site": report.nobodys,
        "unjudged": report.unjudged,
        "clients": {who: report.population[who] for who in GROUPS},
        "clients_sampled": f"1 in {1 << report.halvings}",
        "before": _tally(report.before),
        "after": None if report.after is None else _tally(report.after),
        "flips": [
            {"before": before, "after": after, "requests": requests}
            for (before, after), requests in ranked(report.flips)
        ],
        "flips_by": {kind: _flips_by(report, kind) for kind in KINDS},
        "metrics": _metrics(report),
        "examples": [_example(example) for example in examples_of(report)],
    }


def ranked(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """The most first; equal ones by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def examples_of(report: Report) -> list[Example]:
    """All examples, those of the most frequent kinds of change first."""
    weights: Counter[tuple[str, str, str]] = Counter()
    for (kind, name, before, after), requests in report.flips_by.items():
        if kind == "rule":
            weights[before, after, name] += requests
    for (rule, action), requests in report.before.rules.items():
        weights.setdefault((action, action, rule), requests)
    kinds = sorted(report.examples, key=lambda kind: (-weights[kind], kind))
    return [example for kind in kinds for example in report.examples[kind]]


def delay_at(tally: Tally, share: float) -> int | None:
    """The seconds within which this share of the clients that met an action met it; None where none did."""
    whole, seen = sum(tally.delays.values()), 0
    for seconds, clients in sorted(tally.delays.items()):
        seen += clients
        if seen >= share * whole:
            return seconds
    return None


def _tally(tally: Tally) -> Document:
    return {
        "actions": dict(sorted((str(action), count) for action, count in tally.actions.items())),
        "bands": dict(sorted((str(band), count) for band, count in tally.bands.items())),
        "rules": [
            {"rule": rule, "action": str(action), "requests": requests}
            for (rule, action), requests in ranked(tally.rules)
        ],
        "noted": [
            {"rule": rule, "action": action, "requests": requests}
            for (rule, action), requests in ranked(tally.noted)
        ],
        "clients": {
            who: dict(
                sorted((action, count) for (group, action), count in tally.clients.items() if group == who)
            )
            for who in GROUPS
        },
        "verified_bots_hit": [
            {"bot": bot, "action": str(action), "requests": requests}
            for (bot, action), requests in ranked(tally.verified)
        ],
        "known_hit": [
            {"who": who, "action": str(action), "requests": requests}
            for (who, action), requests in ranked(tally.known)
        ],
        "first_action_after_s": {"median": delay_at(tally, 0.5), "p90": delay_at(tally, 0.9)},
        "evidence": dict(ranked(tally.evidence)),
        "faults": dict(ranked(tally.faults)),
    }


def _flips_by(report: Report, kind: str) -> list[Document]:
    found: Counter[tuple[str, str, str]] = Counter()
    for (each, name, before, after), requests in report.flips_by.items():
        if each == kind:
            found[name, before, after] += requests
    return [
        {"name": name, "before": str(before), "after": str(after), "requests": requests}
        for (name, before, after), requests in ranked(found)
    ]


def _metrics(report: Report) -> Document:
    found = {name: measure(report) for name, measure in METRICS.items()}
    return {
        name: {"count": count, "of": of, "percent": round(100.0 * count / of, 4) if of else 0.0}
        for name, (count, of) in found.items()
    }


def _example(example: Example) -> Document:
    return {
        "time": datetime.fromtimestamp(example.at, UTC).isoformat(),
        "line": example.line,
        "client": example.client,
        "method": example.method,
        "path": printable(example.path),
        "user_agent": printable(example.agent),
        "before": example.before,
        "after": example.after,
        "rule": example.rule,
        "reason": example.reason,
        "risk": example.risk,
        "band": example.band,
        "evidence": [
            {"id": item.id, "log_odds": round(item.log_odds, 4), "reason": item.reason}
            for item in example.evidence
        ],
    }


def printable(text: str) -> str:
    """Text of strangers as it may be written anywhere: one line, no control bytes, no halves of letters."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in plain)
