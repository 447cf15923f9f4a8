"""From measurements to a table and a page: the figure, nginx's own, the budget, and whether it holds."""

import os
import platform
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result. `budget` None means that the figure has none; `lower` figures are better."""

    what: str
    stile: str
    nginx: str = ""
    figure: str = ""
    budget: str = ""
    holds: bool | None = None


def against(
    what: str, stile: float, nginx: float, budget: float | None, *, unit: str, digits: int = 1
) -> Row:
    """A cost beside nginx: the figure is the ratio."""
    ratio = stile / nginx if nginx else float("inf")
    return Row(
        what,
        f"{stile:,.{digits}f} {unit}",
        f"{nginx:,.{digits}f} {unit}",
        f"{ratio:.2f}×",
        f"≤ {budget:g}×" if budget else "",
        ratio <= budget if budget else None,
    )


def added(what: str, stile: float, nginx: float, budget: float, *, unit: str) -> Row:
    """A cost beside nginx: the figure is the difference."""
    more = stile - nginx
    return Row(
        what,
        f"{stile:.2f} {unit}",
        f"{nginx:.2f} {unit}",
        f"{more:+.2f} {unit}",
        f"≤ {budget:g} {unit}",
        more <= budget,
    )


def alone(
    what: str, figure: float, budget: float | None, *, unit: str, digits: int = 1, nginx: str = ""
) -> Row:
    """A cost that stands for itself."""
    text = f"{figure:,.{digits}f} {unit}"
    limit = f"≤ {budget:,g} {unit}" if budget is not None else ""
    return Row(what, text, nginx, text, limit, figure <= budget if budget is not None else None)


def missing(console: Console, *programs: str) -> bool:
    """Whether some of these programs are not here; says which."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        console.print(f"not on this machine: {', '.join(absent)} (try make programs)")
    return bool(absent)


def show(rows: Sequence[Row], console: Console) -> None:
    """The table for people at a terminal."""
    table = Table("what", "Stile", "nginx", "figure", "budget", "", title="Stile beside nginx, one run")
    for row in rows:
        mark = {True: "[green]holds[/]", False: "[red]over[/]", None: ""}[row.holds]
        table.add_row(row.what, row.stile, row.nginx, row.figure, row.budget, mark)
    console.print(table)


def machine_facts() -> list[str]:
    """What a reader needs to compare: never a name or a path of the machine."""
    processor = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"{os.cpu_count()} cores ({processor}), {gib:.0f} GiB of memory, shared by load, storefront and peer",
        f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}",
    ]


def page(rows: Iterable[Row], notes: Iterable[str]) -> str:
    """bench/RESULTS.md."""
    lines = ["# What Stile costs", ""]
    lines += [
        "Written by `make bench`; the method stands in [docs/benchmarks.md](../docs/benchmarks.md). Budgets"
    ]
    lines += ["are those of the design. Absolute figures belong to the machine; ratios travel better.", ""]
    lines += [f"- {fact}" for fact in (*machine_facts(), *notes)]
    lines += ["", "| what | Stile | nginx | figure | budget | |", "|---|---|---|---|---|---|"]
    for row in rows:
        mark = {True: "holds", False: "**over**", None: ""}[row.holds]
        lines.append(f"| {row.what} | {row.stile} | {row.nginx} | {row.figure} | {row.budget} | {mark} |")
    return "\n".join([*lines, "", "Repeat: `make bench` (about fifteen minutes; needs nginx and wrk).", ""])
