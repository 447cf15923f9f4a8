"""Gateways are forked from one process that has imported Stile already: some hundreds start in a run.

What runs is the command line's own `main` in a session of its own, adopted by the test process, which waits
for it as for any child. `STILE_TEST_EXEC=1` starts each from nothing, as an operator does.
"""

import ctypes
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_CHILD_SUBREAPER = 36  # prctl(2), Linux
COMMAND = (sys.executable, "-m", "proxy.cli")
WAIT_PAUSE_S = 0.01


class Forked:
    """A program that was forked, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if until is not None and timeout is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(COMMAND, timeout)
            time.sleep(WAIT_PAUSE_S)
        return status

    def send_signal(self, number: int) -> None:
        """Signal it, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class _Zygote:
    """The process that forks, started at the first wish."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def fork(self, words: Sequence[str], folder: Path, said: Path, environment: Mapping[str, str]) -> Forked:
        """Start `stile` with these words."""
        wish = {
            "words": list(words),
            "folder": str(folder),
            "said": str(said),
            "environment": dict(environment),
            "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        }
        process = self._started(folder)
        assert process.stdin is not None
        assert process.stdout is not None
        _adopt(True)
        try:
            process.stdin.write(json.dumps(wish).encode() + b"\n")
            process.stdin.flush()
            return Forked(int(process.stdout.readline()))
        finally:
            _adopt(False)

    def _started(self, folder: Path) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._process = subprocess.Popen(
                # the last word is for tests that look for gateways among the processes
                [sys.executable, "-m", "tests.support.zygote", "proxy.cli"],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process


ZYGOTE = _Zygote()


def is_a_gateway(command: Sequence[str]) -> bool:
    """Whether the zygote can start this."""
    return tuple(command[:3]) == COMMAND and "STILE_TEST_EXEC" not in os.environ


def _adopt(adopts: bool) -> None:
    """Whether orphans below this process become its children; only while one is meant to."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(adopts))


def serve() -> None:
    """Fork what each line of standard input wishes for, until there are no more."""
    import proxy.cli
    import proxy.run  # noqa: F401  what a gateway needs is there before it is forked

    for line in sys.stdin.buffer:
        wish = json.loads(line)
        reads, writes = os.pipe()
        parent = os.fork()
        if not parent:
            child = os.fork()
            if child:
                os.write(writes, b"%d" % child)
                os._exit(0)
            os.close(reads)
            os.close(writes)
            _become(wish)
        os.waitpid(parent, 0)  # now the child is an orphan, and adopted
        os.close(writes)
        sys.stdout.buffer.write(os.read(reads, 32) + b"\n")
        sys.stdout.buffer.flush()
        os.close(reads)


def _become(wish: dict[str, Any]) -> None:
    """Be the program from here on."""
    status = 70
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        said = os.open(wish["said"], os.O_WRONLY | os.O_APPEND)
        for source, target in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(source, target)
        os.closerange(3, 64)
        os.chdir(wish["folder"])
        os.environ.clear()
        os.environ.update(wish["environment"])
        resource.setrlimit(resource.RLIMIT_NOFILE, tuple(wish["files"]))
        random.seed()
        sys.argv = ["stile", *wish["words"]]
        sys.modules["proxy.cli"].main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
