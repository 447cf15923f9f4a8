"""Bringing a gateway up: configuration, state directory, store, sockets, then the processes."""

import time
from collections.abc import Callable
from functools import partial

import orjson

from config.fault import ConfigFaults
from config.loader import Recorder, Snapshot, load
from config.reading import Reader
from config.settings import Config
from config.where import Where
from proxy.admin_process import REFUSED, AdminAssignment, run_admin
from proxy.faults import OwnFault
from proxy.logs import logger
from proxy.models.swap import ModelSwap
from proxy.secret import read_secret
from proxy.state.embedded import EmbeddedStore
from proxy.state.entrance import entrance_of
from proxy.state.survey_apart import survey_apart
from proxy.supervisor import Bound, Child, Supervisor, bind, close_all, take_lock, write_atomically
from proxy.tls.certificates import Certificates
from proxy.tls.spots import with_listeners_of
from proxy.worker import Assignment, run_worker

SURVEYED = ("server", "version", "mode", "latency_ms", "clock_skew_s")
MAX_SKEW_S = 2.0  # windows are counted in buckets of ten seconds
STORE_PAUSE_S = 10.0  # between attempts to start a store that does not start
SNAPSHOT = "config.snapshot.json"


class Gateway:
    """One installation on this machine. `read` gives the texts of the configuration's files."""

    def __init__(self, path: str, read: Reader, workers: int) -> None:
        self.path = path
        self._read = read
        self.workers = workers
        self.config, self._texts = self._load()
        self.certificates = Certificates(self.config, path, self._texts[path])
        self.models = ModelSwap(self.config, silent=True)
        self.directory = self.config.state.directory.absolute()
        self.store: EmbeddedStore | None = None
        self._store_pause_until = 0.0

    def _load(self) -> tuple[Config, dict[str, str]]:
        recorder = Recorder(self._read)
        return load(self.path, recorder), recorder.texts

    def run(self, announce: Callable[[list[Bound]], None]) -> None:
        """Serve until SIGTERM. Raises OwnFault where it cannot start."""
        self._take_directory()
        configured = entrance_of(self.config.state)
        try:
            secret = read_secret(self.config.key_file, self.directory)
            self._keep_snapshot()
            sockets = bind(self.config, self.workers)
        except OSError as error:
            raise OwnFault(str(error)) from None
        store = self._start_store(configured)
        children = [self._worker(index, sockets, store, secret) for index in range(self.workers)]
        if self.config.admin is not None:
            children.append(self._admin(sockets, store, secret))
        announce(sockets)
        supervisor = Supervisor(
            children,
            reload=self._reload,
            beat=self._beat,
            stop_listening=partial(close_all, sockets),
            drain_timeout_s=self.config.limits.drain_timeout_s,
        )
        try:
            supervisor.run()
        finally:
            if self.store is not None:
                self.store.stop()
            logger().info("gateway.stopped")

    def _take_directory(self) -> None:
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OwnFault(f"state.directory: cannot use {self.directory}: {error.strerror}") from None
        self._lock = take_lock(self.directory / "gateway.lock")

    def _start_store(self, configured: Where | None) -> Where:
        if configured is not None:
            self._survey(configured)
            return configured
        self.store = EmbeddedStore(self.directory)
        started = self.store.start()
        if not started.url:
            logger().warning("state.unavailable", reason=started.reason)
            return Where.of(self.store.url)
        self._survey(Where.of(self.store.url))
        return Where.of(self.store.url)  # also where it did not start: workers find it once it does

    def _survey(self, where: Where) -> None:
        """Say which store it is. Raises OwnFault where it is too old or forbids what we need."""
        try:
            found = survey_apart(where, self.config.state.key_prefix, embedded=self.store is not None)
        except OwnFault:
            if self.store is not None:
                self.store.stop()
            raise
        if found.server:
            facts = {name: getattr(found, name) for name in SURVEYED}
            logger().info("state.store", address=str(where), **facts)
        if found.fault:
            logger().warning("state.unavailable", reason=found.fault)
        if abs(found.clock_skew_s) > MAX_SKEW_S:
            logger().warning("state.clock_skew", clock_skew_s=found.clock_skew_s)
        if found.eviction:
            logger().warning("state.eviction", policy=found.eviction, cure="maxmemory-policy volatile-lru")

    def _beat(self) -> None:
        self._watch_store()
        try:
            self.models.look()
        except Exception as error:  # noqa: BLE001  the parent outlives whatever a bundle does to it
            logger().error("model.look_failed", error=f"{type(error).__name__}: {error}")

    def _watch_store(self) -> None:
        if self.store is None or self.store.alive() or time.monotonic() < self._store_pause_until:
            return
        started = self.store.restart()
        if started.url:
            logger().warning("state.restarted")
        else:
            logger().warning("state.unavailable", reason=started.reason)
            self._store_pause_until = time.monotonic() + STORE_PAUSE_S

    def _worker(self, index: int, sockets: list[Bound], store: Where, secret: bytes) -> Child:
        name = f"worker-{index}"

        def job() -> None:
            close_all([bound for place, bound in enumerate(sockets) if place != index])
            run_worker(
                Assignment(
                    name=name,
                    config=self.config,
                    sockets=sockets[index],
                    store=store,
                    secret=secret,
                    control=self.directory / "control.sock",
                    log_lock=self.directory / "log.lock",
                    reread=self._reread,
                    refreshes=index == 0 and self.config.admin is None,
                    certificates=self.certificates,
                )
            )

        return Child(name, job)

    def _admin(self, sockets: list[Bound], store: Where, secret: bytes) -> Child:
        admin = self.config.admin
        assert admin is not None  # noqa: S101  asked by the caller
        assignment = AdminAssignment(
            admin, self.config, self.directory, store, secret, self.workers, self._reread
        )

        def job() -> None:
            close_all(sockets)
            run_admin(assignment)

        return Child("admin", job)

    # reload

    def _keep_snapshot(self) -> None:
        """What is in force, as one file: workers read it, so that all of them load the very same text."""
        snapshot = orjson.dumps({"path": self.path, "texts": self._texts}).decode()
        write_atomically(self.directory / SNAPSHOT, snapshot)

    def _reread(self) -> Config:
        snapshot = orjson.loads((self.directory / SNAPSHOT).read_bytes())
        texts: dict[str, str] = snapshot["texts"]
        return with_listeners_of(self.config, load(snapshot["path"], Snapshot(texts)))

    def _reload(self) -> bool:
        """Validate the files again; True where the workers should take them over."""
        try:
            return self._take_over()
        except OSError as error:
            logger().error("config.refused", fault=f"the state directory cannot be written: {error}")
            return False

    def _take_over(self) -> bool:
        try:
            config, texts = self._load()
            kept = with_listeners_of(self.config, config)
            self.certificates.renew(kept, self.path, texts[self.path])
        except ConfigFaults as refusal:
            return self._refuse([str(fault) for fault in refusal.faults])
        (self.directory / REFUSED).unlink(missing_ok=True)
        if config.listeners != kept.listeners:
            logger().warning("config.listeners_unchanged", reason="new listen addresses need a restart")
        self.config, self._texts = kept, texts
        self.models.reload(kept)
        self._keep_snapshot()
        return True

    def _refuse(self, faults: list[str]) -> bool:
        for fault in faults:
            logger().error("config.refused", fault=fault)
        write_atomically(self.directory / REFUSED, "\n".join(faults))
        return False


def announce_on_stderr(sockets: list[Bound]) -> None:
    """One line per address, for the log."""
    for listener, bound in sockets[0]:
        logger().info("gateway.listening", address=f"{listener.host}:{bound.getsockname()[1]}")
