"""Run a target for a while; an input that it does not survive is shown, kept, and ends its run."""

import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import FrameType

from tests.fuzz.mutation import Mutator
from tests.fuzz.target import Target

FOUND = Path(__file__).parent / "found"
HANG_S = 5  # one input never takes longer


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that a target did not survive."""

    target: str
    data: bytes
    story: str


@dataclass(frozen=True, slots=True)
class Run:
    """How a target fared."""

    target: str
    inputs: int
    seconds: float
    finding: Finding | None


def run(target: Target, seconds: float, seed: int) -> Run:
    """Feed `target` until the time is over or it fails."""
    mutator = Mutator(seed, target.corpus, target.tokens)
    started = time.monotonic()
    inputs = 0
    while time.monotonic() - started < seconds:
        data = mutator.next()
        inputs += 1
        finding = try_one(target, data)
        if finding is not None:
            return Run(target.name, inputs, time.monotonic() - started, finding)
    return Run(target.name, inputs, time.monotonic() - started, None)


def try_one(target: Target, data: bytes) -> Finding | None:
    """The finding that `data` is; None where the target survives it."""
    try:
        with deadline():
            target.check(data)
    except Exception:  # noqa: BLE001  whatever comes out is the finding
        return Finding(target.name, data, traceback.format_exc())
    return None


@contextmanager
def deadline() -> Iterator[None]:
    """Raise TimeoutError in here after HANG_S."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"longer than {HANG_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def keep(finding: Finding) -> Path:
    """Write the input down, so that it can be run again and become a case."""
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{finding.target}-{sha256(finding.data).hexdigest()[:12]}"
    path.write_bytes(finding.data)
    return path
