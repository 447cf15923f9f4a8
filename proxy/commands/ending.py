"""How a command ends that cannot do its work: in one line for each reason, never with a traceback."""

from collections.abc import Callable
from typing import NoReturn

import typer


def fail(*lines: str, status: int = 1) -> NoReturn:
    """Say why on standard error, and end."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(status)


def on_logs(work: Callable[[], None]) -> None:
    """Do what reads logs, and say in one line why it cannot be done."""
    try:
        work()
    except OSError as error:
        fail(f"stile: {error.filename or 'reading'}: {error.strerror or error}")
    except ValueError as fault:  # too little, no log at all, no bundle
        fail(f"stile: {fault}")
