"""A replay's report says how many, which way and by which rule, alike for eyes and programs."""

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from analysis.replay import Report, Tally
from config.decision import Action, Band

TOP = 15
BANDS = (*Band, "not computed")


def as_json(report: Report) -> dict[str, Any]:
    """The report as a JSON object."""
    return {
        "lines": report.lines,
        "malformed": report.malformed,
        "judged": report.judged,
        "no_site": report.nobodys,
        "unjudged": report.unjudged,
        "before": _tally(report.before),
        "after": None if report.after is None else _tally(report.after),
        "flips": [
            {"before": str(before), "after": str(after), "requests": requests}
            for (before, after), requests in report.flips.most_common()
        ],
        "examples": [
            {
                "client": change.address,
                "method": change.method,
                "path": change.path,
                "before": str(change.before),
                "after": str(change.after),
                "rule": change.rule,
                "risk": change.risk,
            }
            for change in report.examples
        ],
    }


def print_report(report: Report, console: Console) -> None:
    """The report as tables on a terminal."""
    console.print(Group(*_tables(report)))


def _tables(report: Report) -> list[RenderableType]:
    unread = f", {report.malformed} unreadable" if report.malformed else ""
    foreign = f", {report.nobodys} for hosts of no site" if report.nobodys else ""
    unjudged = f", {report.unjudged} that nobody judges" if report.unjudged else ""
    tables: list[RenderableType] = [
        Text(f"{report.lines} lines, {report.judged} judged{unread}{foreign}{unjudged}"),
        _counts("action", Action, report, "actions"),
        _counts("risk band", BANDS, report, "bands"),
        _rules(report),
    ]
    if report.after is not None:
        tables.append(_flips(report))
    if report.examples:
        tables.append(_examples(report))
    return tables


def _counts(title: str, names: Any, report: Report, which: str) -> Table:
    table = _table(title, report)
    for name in names:
        before, after = getattr(report.before, which), getattr(report.after, which, None)
        if before[name] or (after is not None and after[name]):
            table.add_row(str(name), *_cells(before[name], None if after is None else after[name]))
    return table


def _rules(report: Report) -> Table:
    table = _table("rule", report)
    rules = report.before.rules + (report.after.rules if report.after is not None else report.before.rules)
    for (rule, action), _ in rules.most_common(TOP):
        after = None if report.after is None else report.after.rules[rule, action]
        table.add_row(escape(f"{rule} → {action}"), *_cells(report.before.rules[rule, action], after))
    return table


def _flips(report: Report) -> Table:
    table = Table("decided otherwise", "requests")
    table.columns[1].justify = "right"
    for (before, after), requests in report.flips.most_common():
        table.add_row(f"{before} → {after}", str(requests))
    if not report.flips:
        table.add_row("nothing", "0")
    return table


def _examples(report: Report) -> Table:
    table = Table("client", "request", "change", "rule", "risk")
    for change in report.examples:
        risk = "" if change.risk is None else f"{change.risk:.1f}"
        request = f"{change.method} {change.path}".encode("ascii", "backslashreplace").decode()
        printable = "".join(letter if letter.isprintable() else "?" for letter in request)
        table.add_row(
            escape(change.address),
            escape(printable[:60]),
            f"{change.before} → {change.after}",
            escape(change.rule),
            risk,
        )
    return table


def _table(title: str, report: Report) -> Table:
    heads = ("requests",) if report.after is None else ("before", "after", "change")
    table = Table(title, *heads)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _cells(before: int, after: int | None) -> tuple[str, ...]:
    return (str(before),) if after is None else (str(before), str(after), f"{after - before:+d}")


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "actions": {str(action): requests for action, requests in sorted(tally.actions.items())},
        "bands": {str(band): requests for band, requests in sorted(tally.bands.items())},
        "rules": [
            {"rule": rule, "action": str(action), "requests": requests}
            for (rule, action), requests in tally.rules.most_common()
        ],
        "evidence": dict(tally.evidence.most_common()),
        "faults": dict(tally.faults.most_common()),
    }
