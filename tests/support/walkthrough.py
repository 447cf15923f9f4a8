"""A page of the documentation is walked through: files are written, commands run, outputs compared.

A block that begins with ```yaml NAME is a file. In one that begins with ```console, lines after `$ ` are
commands (one that ends with ` &` goes on), and the lines below are what they print: `…` in a line stands for
any text, and alone on a line for any lines.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from tests.support.processes import ROOT

_BLOCK = re.compile(r"^```(\w+)(?: ([\w./-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE_S = 60


class Walkthrough:
    """One walk in a folder of its own. `moved` replaces texts of the page, such as ports that are taken."""

    def __init__(self, page: Path, folder: Path, moved: Mapping[str, str]) -> None:
        self._text = page.read_text("utf-8")
        self._folder = folder
        self._moved = moved
        self._running: list[subprocess.Popen[bytes]] = []
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "110"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for program in reversed(self._running):
            os.killpg(program.pid, signal.SIGTERM)
            program.wait(20)

    def steps(self) -> Iterator[tuple[str, str, str]]:
        """Each command with what the page says that it prints, and what it printed."""
        for kind, name, written in _BLOCK.findall(self._text):
            body = self._here(written)
            if name:
                (self._folder / name).write_text(body, "utf-8")
            elif kind == "console":
                for command, expected in _commands(body):
                    yield command, expected, self._run(command)

    def _here(self, text: str) -> str:
        for old, new in self._moved.items():
            text = text.replace(old, new)
        return text

    def _run(self, command: str) -> str:
        if command.endswith(" &"):
            self._start(command.removesuffix(" &"))
            return ""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.stdout.decode("utf-8", "replace")

    def _start(self, command: str) -> None:
        with (self._folder / f"program-{len(self._running)}.log").open("wb") as words:
            program = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )
        self._running.append(program)


def _commands(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        count = 1
        while lines[count - 1].endswith("\\"):
            count += 1
        yield "\n".join(lines[:count]).strip(), "\n".join(lines[count:]).strip("\n")


def is_like(expected: str, printed: str) -> bool:
    """Whether the output is what the page shows."""
    pattern = ""
    for line in expected.split("\n"):
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += r"[^\n]*?".join(re.escape(part.rstrip()) for part in line.split("…")) + r" *\n"
    return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None
