"""Programs that tests start: each ended with all that it started itself, its words kept in a file."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from tests.support.zygote import ZYGOTE, Forked, is_a_gateway

ROOT = Path(__file__).parent.parent.parent
PORT_LANES = 8
_GIVEN: set[int] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on, below those that the kernel hands to outgoing connections.

    No two test processes of a run are given the same one, nor is one given twice.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    lane = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PORT_LANES
    for _ in range(1000):
        # of the system, for pytest seeds the ordinary one alike everywhere
        port = random.SystemRandom().randrange(15_000 + lane, 32_000, PORT_LANES)
        if port in _GIVEN:
            continue
        _GIVEN.add(port)
        with socket.socket(family) as probe, contextlib.suppress(OSError):
            probe.bind((host, port))
            return port
    raise RuntimeError("no free port between 15,000 and 32,000")


def wait_until(claim: Callable[[], bool], seconds: float = 10.0, *, pause: float = 0.02) -> bool:
    """Whether the claim came true in time."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


class Program:
    """One running program. `said` is what it wrote so far, both streams together."""

    def __init__(
        self, command: Sequence[str], words: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.words = words
        self.process: subprocess.Popen[bytes] | Forked
        whole = {**os.environ, **(environment or {})}
        words.write_bytes(b"")
        if is_a_gateway(command):
            self.process = ZYGOTE.fork(command[3:], ROOT, words, whole)
            return
        with words.open("wb") as sink:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=whole,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.words.read_text("utf-8", "replace")

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, not to what it started."""
        self.process.send_signal(number)

    def stop(self, seconds: float = 10.0) -> int:
        """Ask the program to end, insist after `seconds`, and return its exit status."""
        if self.running:
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            self._end_group()

    def kill(self) -> int:
        """End the program and all that it started, at once."""
        self._end_group()
        return self.process.wait(5)

    def _end_group(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
