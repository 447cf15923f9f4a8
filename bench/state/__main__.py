"""The measurements of the shared state alone, on the loopback. They end by themselves."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.report import missing, show
from bench.state.course import FULL, PARTS, QUICK, measure


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Status 1 where a program is missing, never for a budget that does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.state", description="Measure the shared state.")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that the measurement works")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    asked = parser.parse_args(arguments)
    only = asked.only.split(",")
    if unknown := set(only) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    console = Console(width=160)
    if missing(console, "nginx"):
        return 1
    with tempfile.TemporaryDirectory(prefix="stile-bench-") as folder:
        rows = measure(
            Path(folder),
            QUICK if asked.quick else FULL,
            lambda step: console.print(f"measuring: {step}", style="dim"),
            only,
        )
    show(rows, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
