"""A report on a terminal: how many, who, which way, by which rule, and examples with their reasons."""

from collections import Counter
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from analysis.replaying.clients import ALL, HIT, LOGGED_IN, PEOPLE, PURCHASING, VERIFIED
from analysis.replaying.document import delay_at, examples_of, printable, ranked
from analysis.replaying.example import Example
from analysis.replaying.report import KINDS, Report, Tally
from config.decision import Action, Band

TOP = 12
TOP_NAMES = 6
EXAMPLES = 8
BANDS = (*Band, "not computed")
WHO = {
    ALL: "clients",
    PEOPLE: "people, as it seems",
    LOGGED_IN: "logged in",
    PURCHASING: "purchasing",
    VERIFIED: "verified bots",
}


def print_report(report: Report, console: Console) -> None:
    """The report as tables on a terminal."""
    console.print(Group(*_parts(report)))


def summary(report: Report) -> str:
    """What was read, in one line."""
    parts = [f"{report.lines:,} lines", f"{report.judged:,} judged"]
    for count, what in (
        (report.malformed, "unreadable"),
        (report.nobodys, "for hosts of no site"),
        (report.unjudged, "that nobody judges"),
        (report.truncated, "files cut off"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    return ", ".join(parts)


def _parts(report: Report) -> list[RenderableType]:
    parts: list[RenderableType] = [
        Text(summary(report), "bold"),
        _counts("requests by action", Action, report, "actions"),
        _people(report),
        _counts("requests by risk band", BANDS, report, "bands"),
        _rules(report),
    ]
    noted = _noted(report)
    if noted.row_count:
        parts.append(noted)
    if report.after is not None:
        parts.append(_flips(report))
    parts += [Text("\n".join(_delays(report)))]
    examples = examples_of(report)[:EXAMPLES]
    if examples:
        parts.append(_examples(examples, compared=report.after is not None))
    return parts


def _counts(title: str, names: Any, report: Report, which: str) -> Table:
    table = _table(title, report)
    before, after = getattr(report.before, which), getattr(report.after, which, None)
    for name in names:
        if before[name] or (after is not None and after[name]):
            table.add_row(str(name), *_cells(before[name], None if after is None else after[name]))
    return table


def _people(report: Report) -> Table:
    """Of whom how many met something else than a page, at least once."""
    table = _table("clients not always let through", report, "of")
    for who, name in WHO.items():
        of = report.population[who]
        if of:
            after = None if report.after is None else report.after.clients[who, HIT]
            table.add_row(name, *_cells(report.before.clients[who, HIT], after), f"{of:,}")
    if report.halvings:
        table.caption = f"estimated from 1 client in {1 << report.halvings}"
    return table


def _rules(report: Report) -> Table:
    table = _table("requests by rule", report)
    after = Counter[tuple[str, str]]() if report.after is None else report.after.rules
    before = report.before.rules
    for (rule, action), _ in ranked(before + after)[:TOP]:
        now = None if report.after is None else after[rule, action]
        table.add_row(escape(f"{rule} → {action}"), *_cells(before[rule, action], now))
    return table


def _noted(report: Report) -> Table:
    table = _table("rules that only watch would have", report)
    after = None if report.after is None else report.after.noted
    for (rule, action), _ in ranked(report.before.noted + (after or Counter()))[:TOP]:
        cells = _cells(report.before.noted[rule, action], None if after is None else after[rule, action])
        table.add_row(escape(f"{rule} → {action}"), *cells)
    return table


def _flips(report: Report) -> Table:
    table = Table("decided otherwise", "by", "requests", box=box.SIMPLE_HEAD, title_justify="left")
    table.columns[2].justify = "right"
    for (before, after), requests in ranked(report.flips):
        table.add_row(f"{before} → {after}", "", f"{requests:,}", style="bold")
        for kind in KINDS:
            names = Counter(
                {
                    name: count
                    for (each, name, was, now), count in report.flips_by.items()
                    if (each, was, now) == (kind, before, after)
                }
            )
            for name, count in ranked(names)[:TOP_NAMES]:
                table.add_row("", escape(f"{kind} {name}"), f"{count:,}")
    if not report.flips:
        table.add_row("nothing", "", "0")
    return table


def _delays(report: Report) -> list[str]:
    named = {"before": report.before, "after": report.after} if report.after else {"": report.before}
    lines = []
    for name, tally in named.items():
        line = _delay(tally)
        if line:
            lines.append(f"{name}: {line}" if name else line)
    return lines


def _delay(tally: Tally | None) -> str:
    median, late = (None, None) if tally is None else (delay_at(tally, 0.5), delay_at(tally, 0.9))
    if median is None or late is None:
        return ""
    return (
        f"from a client's first request to the first action: {median} s for half of them, {late} s for 90 %"
    )


def _examples(examples: list[Example], *, compared: bool) -> Table:
    table = Table("client", "request", "change" if compared else "action", "why", box=box.SIMPLE_HEAD)
    for example in examples:
        change = f"{example.before} → {example.after}" if compared else example.after
        request = f"{example.method} {example.path}".encode("ascii", "backslashreplace").decode()
        table.add_row(
            escape(printable(example.client)), escape(printable(request)[:60]), change, escape(why(example))
        )
    return table


def why(example: Example) -> str:
    """What decided about an example, in one line."""
    risk = "" if example.risk is None else f"risk {example.risk:.1f}"
    evidence = (f"{item.log_odds:+.1f} {item.id}" for item in example.evidence if item.log_odds)
    rule = f"{example.rule}: {example.reason}" if example.reason else example.rule
    return printable("; ".join(part for part in (rule, risk, ", ".join(evidence)) if part))


def _table(title: str, report: Report, *more: str) -> Table:
    heads = ("requests" if not more else "",) if report.after is None else ("before", "after", "change")
    table = Table(title, *heads, *more, box=box.SIMPLE_HEAD)
    table.columns[0].min_width = 34
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _cells(before: int, after: int | None) -> tuple[str, ...]:
    return (f"{before:,}",) if after is None else (f"{before:,}", f"{after:,}", f"{after - before:+,}")
