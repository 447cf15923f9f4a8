"""The figures of an evaluation on a terminal, people's numbers beside the bots'."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analysis.evaluation.candidates import Comparison
from analysis.evaluation.document import Document
from analysis.evaluation.input import Source
from analysis.evaluation.measures import PEOPLE_FOR_A_THOUSANDTH, Figure

HEADS = ("people", "bots", "AUC", "caught at 1 %", "caught at 0.1 %")
NOTE = (
    "Caught: the share of bots above the score that 1 % (0.1 %) of the people exceed. In brackets the 95 % "
    "interval from drawing addresses again. The model is silent before the third page or call: what stands "
    "there is what it would have said. Sure people: without those who also fetched feeds or the like, as "
    "only readers of markup do."
)


def figures_tables(document: Document) -> RenderableType:
    """Everything of the document that fits a terminal."""
    return Group(*_tables(document))


def comparison_table(comparison: Comparison) -> Table:
    """The candidates on both splits."""
    shown = _table("model", "AUC", "caught at 1 %")
    split = ""
    for each in comparison.candidates:
        if each.split != split:
            split = each.split
            shown.add_section()
            shown.add_row(f"[bold]{split}[/]\n({each.people:,} people, {each.bots:,} bots)")
        shown.add_row(f"  {each.name}", _figure(each.auc), _figure(each.caught))
    return shown


def source_lines(sources: Iterable[Source]) -> Iterator[str]:
    """One line for each file, and below it the first lines that could not be understood."""
    for source in sources:
        name = printable_name(source.path.name)
        early = ", compressed data ends early" if source.truncated else ""
        yield (
            f"{name}: {source.lines:,} lines of {source.kind}, {source.malformed:,} malformed, "
            f"{source.sessions:,} sessions{early}"
        )
        for garbled in source.garbled:
            yield f"  line {garbled.number}: {garbled.beginning}"


def printable_name(name: str) -> str:
    """A file's name without what would move the cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def moment_name(row: Document) -> str:
    """When a row of `moments` was measured."""
    requests = row["requests"]
    after = f"after {requests} request{'s' if requests > 1 else ''}"
    return f"{after} (silent)" if row["silent"] else after


def figure_cells(row: Document) -> tuple[str, ...]:
    """People, bots and the three figures of a row."""
    few = "too few people" if row["people"] < PEOPLE_FOR_A_THOUSANDTH else "too few"
    return (
        f"{row['people']:,}",
        f"{row['bots']:,}",
        cell(row["auc"], "too few"),
        cell(row["caught_1"], "too few"),
        cell(row["caught_01"], few),
    )


def cell(figure: Sequence[float] | None, missing: str) -> str:
    """A figure with its interval, or why there is none."""
    if figure is None:
        return missing
    estimate, low, high = figure
    return f"{estimate:.3f} [{low:.3f}, {high:.3f}]"


def _tables(document: Document) -> Iterator[RenderableType]:
    model = document["model"]
    yield Text(f"model {model['version']}, sha256 {model['sha256'][:12]}")
    shown = _table("requests", "people", "bots", "AUC", "caught at 1 %", "at 0.1 %")
    for row in document["moments"]:
        shown.add_row(f"{row['requests']}{', silent' if row['silent'] else ''}", *_short_cells(row))
    shown.add_row("at the end", *_short_cells(document["end"]), end_section=True)
    for row in document["bots"]:
        shown.add_row(row["which"], *_short_cells(row))
    shown.add_row("sure people", *_short_cells(document["sure"]))
    if len(document["sites"]) > 1:
        for row in document["sites"]:
            shown.add_row(Text(printable_name(row["site"])), *_short_cells(row))
    yield _right(shown, (1, 2))
    yield Text(NOTE, style="dim")
    found = document["calibration"]
    yield Text(f"calibration: Brier score {found['brier']:.4f}, expected error {found['expected_error']:.4f}")
    yield _counts("label written by", [(_label(row), row["sessions"]) for row in document["labels"]])
    yield _features(document["features"][:10])


def _table(*heads: str) -> Table:
    """Without frames, so that figures fit 80 columns."""
    return Table(*heads, box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)


def _short_cells(row: Document) -> tuple[str, ...]:
    few = "few people" if row["people"] < PEOPLE_FOR_A_THOUSANDTH else "too few"
    figures = ((row["auc"], "too few"), (row["caught_1"], "too few"), (row["caught_01"], few))
    return f"{row['people']:,}", f"{row['bots']:,}", *(_short(*figure) for figure in figures)


def _short(figure: Sequence[float] | None, missing: str) -> str:
    if figure is None:
        return missing
    estimate, low, high = figure
    return f"{estimate:.3f} ({low:.2f}-{high:.2f})".replace("(0.", "(.").replace("-0.", "-.")


def _label(row: Document) -> str:
    return f"{row['sign']} ({'bot' if row['bot'] else 'person'})"


def _counts(title: str, rows: Iterable[tuple[str, int]]) -> Table:
    shown = _table(title, "sessions")
    for name, number in rows:
        shown.add_row(name, f"{number:,}")
    return _right(shown, (1,))


def _features(rows: Iterable[dict[str, Any]]) -> Table:
    shown = _table("feature, dealt out anew", "moves the margin by", "AUC lost")
    for row in rows:
        shown.add_row(row["feature"], f"{row['margin_moved']:.3f}", f"{row['auc_lost']:.4f}")
    return _right(shown, (1, 2))


def _right(shown: Table, columns: Iterable[int]) -> Table:
    for column in columns:
        shown.columns[column].justify = "right"
    return shown


def _figure(figure: Figure | None) -> str:
    return "too few" if figure is None else str(figure)
