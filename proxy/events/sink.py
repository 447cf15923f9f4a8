"""A decision is written down without anybody waiting: one buffer with a bound, one thread that empties it."""

import threading
import time
from collections import deque
from pathlib import Path

import structlog

from proxy.events.record import with_lost
from proxy.events.target import Target
from proxy.logs import logger

BOUND = 8192  # lines; at 2 KB each some 16 MB of backlog
BATCH = 128  # lines per write, which also bounds how long another worker waits for the lock
GATHER_S = 0.02  # what one wake-up waits for company
RETRY_S = 0.5  # between attempts while the disk is full or the reader has gone
CLOSE_S = 2.0
CLOSING_RETRY_S = 0.02


class Backlog:
    """The lines that wait for the writer: one thread fills it, one empties it, overflow is counted."""

    __slots__ = ("asleep", "bound", "lines", "lost", "wake")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.lines: deque[bytes] = deque()
        self.lost = 0
        self.asleep = False
        self.wake = threading.Event()

    def msg(self, line: bytes) -> None:
        """Take one line; this is the method that structlog calls on a logger."""
        if len(self.lines) >= self.bound:
            self.lost += 1
            return
        self.lines.append(line)
        if self.asleep:
            self.asleep = False
            self.wake.set()

    def wait(self) -> None:
        """Sleep until there is a line, or until somebody sets `wake`."""
        self.wake.clear()
        self.asleep = True
        if not self.lines:
            self.wake.wait()
        self.asleep = False


class EventLogger(structlog.BoundLoggerBase):
    """The shortest structlog chain: a line is rendered already, so it goes to the wrapped logger as it is.

    Measured: 0.1 µs, against 0.6 µs through the processor chain and 1.4 µs through the stock `info`.
    """

    def emit(self, line: bytes) -> None:
        """Hand over one rendered line."""
        self._logger.msg(line)


class Sink:
    """The event log of one worker. Make it after the fork: it owns a thread and a lock of its own.

    `emit` never waits and never raises. While the sink is blocked, lines queue up to `bound`; those beyond
    are counted in `lost`, and the next line that can be written says so.
    """

    def __init__(
        self, path: str, lock: Path | None = None, *, bound: int = BOUND, retry_s: float = RETRY_S
    ) -> None:
        self._backlog = Backlog(bound)
        self._target = Target(path, lock, self._is_overdue)
        self._retry_s = retry_s
        self._closing = threading.Event()
        self._deadline = float("inf")
        self._pending: list[bytes] = []
        self._told = 0
        self._failing = False
        self.written = 0
        self.emit = structlog.wrap_logger(self._backlog, processors=[], wrapper_class=EventLogger).bind().emit
        self._thread = threading.Thread(target=self._run, name="stile-events", daemon=True)

    @property
    def lost(self) -> int:
        """Events that were given up since the start."""
        return self._backlog.lost

    @property
    def queued(self) -> int:
        """Events that wait to be written."""
        return len(self._backlog.lines) + len(self._pending)

    def start(self) -> None:
        """Start the writer."""
        self._thread.start()

    def reopen(self) -> None:
        """Go on in whatever stands at the path now (log rotation); lines queued before may go to either."""
        self._target.reopen()
        self._backlog.wake.set()

    def close(self, timeout_s: float = CLOSE_S) -> int:
        """Write what is left, for at most `timeout_s`; the number of events that were lost in all."""
        self._deadline = time.monotonic() + timeout_s
        self._closing.set()
        self._backlog.wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s + 0.5)
        self._backlog.lost += self.queued
        return self._backlog.lost

    def _is_overdue(self) -> bool:
        return time.monotonic() >= self._deadline

    def _run(self) -> None:
        while not self._closing.is_set():
            self._backlog.wait()
            self._closing.wait(GATHER_S)
            self._refresh()
            self._drain()
        self._drain()
        self._target.close()

    def _refresh(self) -> None:
        try:
            self._target.refresh()
        except OSError as fault:
            self._report(fault)

    def _drain(self) -> None:
        while (self._pending or self._backlog.lines) and not self._is_overdue():
            try:
                self._write_batch()
            except Exception as fault:  # noqa: BLE001  a thread that ended would lose every event after this one
                self._report(fault)
                self._pause()
            else:
                self._recover()

    def _pause(self) -> None:
        if self._closing.is_set():
            time.sleep(CLOSING_RETRY_S)
        else:
            self._closing.wait(self._retry_s)

    def _write_batch(self) -> None:
        lines, pending = self._backlog.lines, self._pending
        while lines and len(pending) < BATCH:
            pending.append(lines.popleft())
        lost = self._backlog.lost
        fresh = lost - self._told
        batch = [with_lost(pending[0], fresh), *pending[1:]] if fresh else pending
        count = self._target.write(batch)
        self._told = lost
        self.written += count
        del pending[:count]

    def _report(self, fault: Exception) -> None:
        if not self._failing:
            self._failing = True
            logger().error(
                "events.write_failed", path=self._target.path, error=str(fault) or type(fault).__name__
            )

    def _recover(self) -> None:
        if self._failing:
            self._failing = False
            logger().info("events.write_recovered", path=self._target.path, lost=self._backlog.lost)
