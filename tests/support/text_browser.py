"""A person with a text browser in a terminal: keys go in, what the terminal was told comes out."""

import contextlib
import os
import pty
import re
import select
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.support.processes import wait_until

_CONTROLS = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])|[\x00-\x09\x0b-\x1f]")


class TextBrowser:
    """A program in a pseudo terminal of 80 by 50."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._told = ""
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            environment = {
                **os.environ,
                "TERM": "xterm",
                "LINES": "50",
                "COLUMNS": "80",
                "LANG": "C.UTF-8",
                "HOME": str(folder),
            }
            os.execvpe(command[0], list(command), environment)  # noqa: S606  a child of a fork has to

    def press(self, keys: str, *, pause: float = 0.4) -> None:
        """Type, then wait as long as a person would before looking."""
        os.write(self._terminal, keys.encode())
        time.sleep(pause)

    @property
    def told(self) -> str:
        """All text so far, without the terminal's control sequences."""
        while select.select([self._terminal], [], [], 0.05)[0]:
            try:
                read = os.read(self._terminal, 65536)
            except OSError:  # the program ended
                break
            if not read:
                break
            self._told += read.decode("utf-8", "replace")
        return re.sub(r"\s+", " ", _CONTROLS.sub(" ", self._told))

    def shows(self, words: str, seconds: float = 10.0) -> bool:
        """Whether these words come up in time."""
        return wait_until(lambda: words in self.told, seconds, pause=0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._terminal)
