"""What `stile train` and `stile evaluate` do, once the command line is understood."""

from pathlib import Path

import orjson
from rich.console import Console
from rich.text import Text

from analysis.evaluation.input import Source
from analysis.evaluation.own_model import evaluate, sources_of, train
from analysis.evaluation.page import html_of
from analysis.evaluation.progress import progress_of
from analysis.evaluation.tables import comparison_table, figures_tables, source_lines
from config.sources import SHIPPED_MODEL
from detectors.model.bundle import BundleFault, Model, load_model


def train_command(logs: list[Path], out: Path, name: str) -> None:
    """Train, write the bundle, and say how it compares. Raises ValueError or OSError with the reason."""
    sources = sources_of(logs)
    _check_writable(out)
    with progress_of(sources, Console(stderr=True)) as progress:
        trained = train(sources, name, _model(SHIPPED_MODEL), progress)
    out.write_bytes(orjson.dumps(trained.bundle))
    console = Console()
    _tell_sources(sources)
    console.print(f"trained on {trained.people:,} sessions of people and {trained.bots:,} of bots")
    console.print(comparison_table(trained.comparison))
    console.print(trained.comparison.verdict, markup=False, highlight=False)


def evaluate_command(
    logs: list[Path], bundle: Path | None, as_json: Path | None, as_html: Path | None
) -> None:
    """Measure `bundle`, or the shipped model, and report. Raises ValueError or OSError with the reason."""
    sources, model = sources_of(logs), _model(bundle or SHIPPED_MODEL)
    for path in (as_json, as_html):
        if path is not None:
            _check_writable(path)
    with progress_of(sources, Console(stderr=True)) as progress:
        document = evaluate(model, sources, progress)
    _tell_sources(sources)
    if as_json is not None:
        as_json.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    if as_html is not None:
        as_html.write_text(html_of(document), encoding="utf-8")
    Console().print(figures_tables(document))


def _tell_sources(sources: list[Source]) -> None:
    """On stderr, for the tables may be piped."""
    console = Console(stderr=True, soft_wrap=True)
    for line in source_lines(sources):
        console.print(Text(line))


def _check_writable(path: Path) -> None:
    """Raise OSError before minutes of work rather than after them; leave no trace."""
    was_there = path.exists()
    with path.open("ab"):
        pass
    if not was_there:
        path.unlink()


def _model(path: Path) -> Model:
    try:
        return load_model(path.read_bytes())
    except BundleFault as fault:
        raise BundleFault(f"{path}: {fault}") from fault
