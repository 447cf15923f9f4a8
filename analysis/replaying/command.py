"""The `stile replay` command: what it reads, where it judges, what it writes."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from analysis.json_log import field_map
from analysis.replaying.budget import budget_of
from analysis.replaying.clients import PURCHASE_ROUTES
from analysis.replaying.document import as_json
from analysis.replaying.engine import Watcher, run
from analysis.replaying.page import html_of
from analysis.replaying.report import Report
from analysis.replaying.shards import Job
from analysis.replaying.source import sources_of
from analysis.replaying.tables import print_report
from detectors.value import value

STDIN = Path("-")
LOCAL, SPARK = "local", "spark"


class EngineFault(ValueError):
    """The replay cannot run there; the text says why."""


@value
class Wish:
    """What the command line asks for. `processes` 0 is one per core."""

    logs: Sequence[Path]
    before: Path
    after: Path | None = None
    fields: str = ""
    purchase_routes: Sequence[str] = ()
    processes: int = 0
    state: Path | None = None
    engine: str = LOCAL
    as_json: bool = False
    as_html: Path | None = None
    budgets: Sequence[str] = ()


def replay_command(wish: Wish) -> list[str]:
    """Replay and print; gives the budgets that were exceeded.

    Raises ConfigFaults, OSError, and ValueError for what the command line has wrong.
    """
    budgets = [budget_of(text) for text in wish.budgets]
    fields = field_map(wish.fields) if wish.fields else None
    with _files(wish.logs, sys.stdin.buffer) as logs:
        routes = frozenset(wish.purchase_routes) or PURCHASE_ROUTES
        job = Job(sources_of(logs, fields), wish.before, wish.after, routes)
        report = _report(job, wish)
    exceeded = [said for budget in budgets if (said := budget.exceeded_by(report))]
    if wish.as_html is not None:
        wish.as_html.write_text(html_of(report, [path.name for path in wish.logs], exceeded), "utf-8")
    if wish.as_json:
        sys.stdout.write(orjson.dumps(as_json(report), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        print_report(report, Console())
    return exceeded


def _report(job: Job, wish: Wish) -> Report:
    if wish.engine == SPARK:
        return _on_spark(job)
    if wish.engine != LOCAL:
        raise EngineFault(f"unknown engine {wish.engine!r}; local or spark")
    processes = wish.processes or len(os.sched_getaffinity(0))
    with _progress() if sys.stderr.isatty() else nullcontext() as watcher:
        return run(job, processes, wish.state, watcher)


def _on_spark(job: Job) -> Report:
    try:
        from analysis.replaying.spark import run_on_spark  # noqa: PLC0415  an extra, and slow to load
    except ImportError:
        raise EngineFault("Spark needs pyspark; run: pip install 'stile-proxy[spark]'") from None
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineFault("Spark needs Java, and there is no java here")
    return run_on_spark(job)


@contextmanager
def _files(logs: Sequence[Path], stdin: BinaryIO) -> Iterator[list[Path]]:
    """The logs as files: several processes read them, so standard input is put down first."""
    if STDIN not in logs:
        yield list(logs)
        return
    with TemporaryDirectory(prefix="stile-replay-") as folder:
        spooled = Path(folder) / "stdin"
        with spooled.open("wb") as out:
            shutil.copyfileobj(stdin, out)
        yield [spooled if path == STDIN else path for path in logs]


@contextmanager
def _progress() -> Iterator[Watcher]:
    columns = (TextColumn("replaying"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=1.0)
    with bar:
        yield lambda share: bar.update(task, completed=share)
