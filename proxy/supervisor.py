"""One parent, several workers: it forks, watches, passes signals on, and never touches a request."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from config.settings import Config, Listener
from proxy.faults import OwnFault
from proxy.logs import logger

PR_SET_PDEATHSIG = 1  # prctl(2), Linux
RESTART_PAUSE_S = 1.0  # a worker that dies at once would otherwise be forked in a tight loop
KILL_AFTER_S = 5.0  # beyond the drain limit
SIGNALS = frozenset(
    (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD)
)

Bound = list[tuple[Listener, socket.socket]]
Job = Callable[[], None]


def bind(config: Config, workers: int) -> list[Bound]:
    """One SO_REUSEPORT socket per listener and worker, so that the kernel spreads connections.

    The parent keeps them open: connections that wait for a worker that died are served by its successor.
    Port 0 is chosen once and shared. Raises OSError where an address is taken.
    """
    ports: dict[Listener, int] = {listener: listener.port for listener in config.listeners}
    for listener in config.listeners:
        if listener.port:  # once without SO_REUSEPORT, which would share another gateway's traffic
            _bind(listener, ports, shared=False).close()
    return [[(listener, _bind(listener, ports)) for listener in config.listeners] for _ in range(workers)]


def close_all(sockets: Sequence[Bound]) -> None:
    """Let go of inherited sockets: a listener that any process still holds goes on taking connections."""
    for bound in sockets:
        for _, listening in bound:
            listening.close()


def _bind(listener: Listener, ports: dict[Listener, int], *, shared: bool = True) -> socket.socket:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
    if family is socket.AF_INET6:
        # "[::]" alone serves both families, as operators expect of it
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if listener.host == "::" else 1)
    try:
        bound.bind((listener.host, ports[listener]))
    except OSError as error:
        bound.close()
        raise OSError(
            error.errno, f"cannot listen on {listener.host}:{listener.port}: {error.strerror}"
        ) from None
    if shared:
        bound.listen(4096)
    bound.setblocking(False)
    ports[listener] = bound.getsockname()[1]
    return bound


class Child:
    """A forked process and what it runs."""

    def __init__(self, name: str, job: Job) -> None:
        self.name = name
        self.job = job
        self.pid = 0
        self.started = 0.0

    def fork(self) -> None:
        """Start it. The child leaves only through os._exit."""
        self.started = time.monotonic()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # drain, should the parent be killed
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self.job()
            status = 0
        except BaseException as error:  # noqa: BLE001  the last border of a forked process
            logger().error("worker.crashed", worker=self.name, error=f"{type(error).__name__}: {error}")
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def signal(self, number: int) -> None:
        """Pass a signal on, if the child still lives."""
        if self.pid:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                self.pid = 0


class Supervisor:
    """Keeps its children alive until it is told to stop.

    `reload` is asked on SIGHUP whether there is something new to pass on, `asked` on SIGUSR2, when the admin
    process wants something, and `beat` about once a second.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        reload: Callable[[], bool],
        asked: Callable[[], bool],
        beat: Callable[[], bool],
        stop_listening: Job,
        drain_timeout_s: float,
    ) -> None:
        self._children = children
        self._changes: dict[int, Callable[[], bool]] = {signal.SIGHUP: reload, signal.SIGUSR2: asked}
        self._beat = beat
        self._stop_listening = stop_listening
        self._drain_timeout_s = drain_timeout_s

    def run(self) -> None:
        """Return after SIGTERM or SIGINT, when every child has ended."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for child in self._children:
            child.fork()
        while True:
            got = signal.sigtimedwait(SIGNALS, 1.0)
            number = got.si_signo if got else 0
            if number in {signal.SIGTERM, signal.SIGINT}:
                break
            if number in self._changes and self._changes[number]():
                self._tell(signal.SIGHUP)
            elif number == signal.SIGUSR1:
                self._tell(signal.SIGUSR1)
            self._reap()
            if self._beat():
                self._tell(signal.SIGHUP)
        self._stop()

    def _tell(self, number: int) -> None:
        for child in self._children:
            child.signal(number)

    def _reap(self) -> None:
        for child in self._children:
            if child.pid and not _ended(child.pid):
                continue
            if child.pid:
                child.pid = 0
                logger().error("worker.died", worker=child.name)
            if time.monotonic() - child.started >= RESTART_PAUSE_S:
                self._replace(child)

    def _replace(self, child: Child) -> None:
        try:
            child.fork()
        except OSError as error:  # no memory or no process left: the next beat tries again
            logger().error("worker.not_started", worker=child.name, error=str(error))

    def _stop(self) -> None:
        logger().info("gateway.stopping")
        self._stop_listening()
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + self._drain_timeout_s + KILL_AFTER_S
        while any(child.pid for child in self._children):
            for child in self._children:
                if child.pid and _ended(child.pid):
                    child.pid = 0
            if time.monotonic() > deadline:
                self._tell(signal.SIGKILL)
            got = signal.sigtimedwait(SIGNALS, 0.2)
            if got and got.si_signo in {signal.SIGTERM, signal.SIGINT} and time.monotonic() > deadline:
                self._tell(signal.SIGKILL)


def _ended(pid: int) -> bool:
    try:
        found, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return True
    return found == pid


def take_lock(path: Path) -> int:
    """Hold `path` for as long as this process and its children live. Raises OwnFault where another does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OwnFault(f"state.directory: {path.parent} is in use by another gateway") from None
    except OSError as error:
        raise OwnFault(f"state.directory: cannot write {path}: {error.strerror}") from None
    return descriptor


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` as a whole, readable by its owner only."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
