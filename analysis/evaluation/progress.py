"""Whoever waits at a terminal sees how far reading has come; a pipe sees nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from analysis.evaluation.input import Progress as Tell
from analysis.evaluation.input import Source
from analysis.evaluation.own_model import silent


@contextmanager
def progress_of(sources: Sequence[Source], console: Console) -> Iterator[Tell]:
    """What `labelled_sessions` tells goes to a bar, with lines per second, where `console` is a terminal."""
    if not console.is_terminal:
        yield silent
        return
    sizes = [source.path.stat().st_size for source in sources]
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=sum(sizes) or 1)

        def tell(source: Source, place: int) -> None:
            lines = sum(each.lines for each in sources)
            elapsed = bar.tasks[0].elapsed or 0.0
            speed = f", {lines / elapsed:,.0f}/s" if elapsed else ""
            before = sum(sizes[: next(at for at, each in enumerate(sources) if each is source)])
            bar.update(task, completed=before + place, description=f"{lines:,} lines{speed}")

        yield tell
