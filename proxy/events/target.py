"""Where event lines end: a file, a pipe or standard output that several processes share by whole lines."""

import fcntl
import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

STDOUT = "-"
WATCH_S = 1.0  # how often a file is checked for having been moved or removed
POLL_MS = 200  # how long one wait for a slow reader lasts before we ask whether to give up


class Target:
    """One destination, opened when first written to. Writing takes turns with other processes by `lock`.

    A regular file is appended to in one call, and what a full disk cut off is taken back. A pipe gets at most
    PIPE_BUF bytes at once, which pipe(7) keeps together; a longer line is safe by the lock.
    """

    def __init__(self, path: str, lock: Path | None, given_up: Callable[[], bool]) -> None:
        self.path = path
        self._lock_path = lock
        self._given_up = given_up
        self._descriptor = -1
        self._lock = -1
        self._watched = 0.0
        self._stale = False

    def write(self, lines: list[bytes]) -> int:
        """Write whole lines and return how many; OSError where not even the first could be written."""
        self._make_ready()
        self._acquire()
        try:
            return self._write(lines)
        finally:
            self._release()

    def reopen(self) -> None:
        """Open the path again before the next line, for it may be another file by then. From any thread."""
        self._stale = True

    def refresh(self) -> None:
        """Do now what `reopen` asked for; OSError where the path cannot be opened."""
        if self._stale:
            self._make_ready()

    def close(self) -> None:
        """Let go of the file and the lock; standard output stays open."""
        self._close_file()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _make_ready(self) -> None:
        if self._stale or self._moved():
            self._close_file()
            self._stale = False
        if self._descriptor >= 0:
            return
        if self.path == STDOUT:
            self._descriptor = 1
        else:
            # O_NONBLOCK: a FIFO without a reader is an error to retry, not a thread that hangs.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
            self._descriptor = os.open(self.path, flags, 0o640)
        self._regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)

    def _moved(self) -> bool:
        now = time.monotonic()
        if self._descriptor < 0 or self.path == STDOUT or now - self._watched < WATCH_S:
            return False
        self._watched = now
        try:
            there = Path(self.path).stat()
        except OSError:
            return True
        ours = os.fstat(self._descriptor)
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _acquire(self) -> None:
        if self._lock_path is None:
            return
        if self._lock < 0:
            self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def _release(self) -> None:
        if self._lock >= 0:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _write(self, lines: list[bytes]) -> int:
        written = 0
        for chunk in [lines] if self._regular else _within_pipe_buf(lines):
            done = self._write_chunk(chunk)
            written += done
            if done < len(chunk):
                break
        return written

    def _write_chunk(self, lines: list[bytes]) -> int:
        content = memoryview(b"".join(lines))
        done = 0
        try:
            while done < len(content):
                done += self._write_some(content[done:])
        except OSError:
            whole = bytes(content[:done]).rfind(b"\n") + 1
            self._take_back(done - whole)
            count = bytes(content[:whole]).count(b"\n")
            if not count:
                raise
            return count
        return len(lines)

    def _write_some(self, content: memoryview) -> int:
        while True:
            try:
                return os.write(self._descriptor, content)
            except BlockingIOError as full:
                poll = select.poll()
                poll.register(self._descriptor, select.POLLOUT)
                if not poll.poll(POLL_MS) and self._given_up():
                    raise TimeoutError("the reader takes no more") from full

    def _take_back(self, torn: int) -> None:
        """Cut the piece of a line that a full disk left; the lock kept others from appending to it."""
        if torn and self._regular:
            size = os.fstat(self._descriptor).st_size
            if size >= torn:
                os.ftruncate(self._descriptor, size - torn)

    def _close_file(self) -> None:
        if self._descriptor > 2:
            os.close(self._descriptor)
        self._descriptor = -1


def _within_pipe_buf(lines: list[bytes]) -> list[list[bytes]]:
    """The lines in groups of at most PIPE_BUF bytes; a longer line is a group of its own."""
    groups: list[list[bytes]] = []
    room = 0
    for line in lines:
        if len(line) > room:
            groups.append([])
            room = select.PIPE_BUF
        groups[-1].append(line)
        room -= len(line)
    return groups
