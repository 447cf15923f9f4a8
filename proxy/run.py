"""Bringing a gateway up: configuration, state directory, store, sockets, then the processes."""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from config.reading import Reader
from config.settings import Config
from config.where import Where
from proxy.admin_process import AdminAssignment, run_admin
from proxy.faults import OwnFault
from proxy.in_force import InForce, Outcome
from proxy.logs import logger
from proxy.models.swap import ModelSwap
from proxy.parent import Asked, answer_in, question_in
from proxy.secret import read_secret
from proxy.state.embedded import EmbeddedStore
from proxy.state.entrance import entrance_of
from proxy.state.survey_apart import survey_apart
from proxy.supervisor import Bound, Child, Supervisor, bind, close_all, take_lock
from proxy.worker import Assignment, run_worker

SURVEYED = ("server", "version", "mode", "latency_ms", "clock_skew_s")
MAX_SKEW_S = 2.0  # windows are counted in buckets of ten seconds
STORE_PAUSE_S = 10.0  # between attempts to start a store that does not start


class Gateway:
    """One installation on this machine. `read` gives the texts of the configuration's files."""

    def __init__(self, path: str, read: Reader, workers: int, *, or_last_good: bool = False) -> None:
        self.workers = workers
        self.in_force = InForce(path, read, or_last_good=or_last_good)
        self.models = ModelSwap(self.config, silent=True)
        self.directory = self.in_force.directory
        self.store: EmbeddedStore | None = None
        self._store_pause_until = 0.0

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.in_force.config

    def run(self, announce: Callable[[list[Bound]], None]) -> None:
        """Serve until SIGTERM. Raises OwnFault where it cannot start."""
        self._take_directory()
        configured = entrance_of(self.config.state)
        try:
            secret = read_secret(self.config.key_file, self.directory)
            self.in_force.start()
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
            reload=lambda: self._told(self.in_force.reload("sighup")),
            asked=self._asked,
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

    def _beat(self) -> bool:
        """True where files have changed that the workers should take over."""
        self._watch_store()
        try:
            self.models.look()
        except Exception as error:  # noqa: BLE001  the parent outlives whatever a bundle does to it
            logger().error("model.look_failed", error=f"{type(error).__name__}: {error}")
        outcome = self.in_force.reload_changed()
        return outcome is not None and self._told(outcome)

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
                    reread=self.in_force.reread,
                    refreshes=index == 0 and self.config.admin is None,
                    certificates=self.in_force.certificates,
                )
            )

        return Child(name, job)

    def _admin(self, sockets: list[Bound], store: Where, secret: bytes) -> Child:
        admin = self.config.admin
        assert admin is not None  # noqa: S101  asked by the caller
        assignment = AdminAssignment(
            admin, self.config, self.directory, store, secret, self.workers, self.in_force.reread
        )

        def job() -> None:
            close_all(sockets)
            run_admin(assignment)

        return Child("admin", job)

    # reload

    def _told(self, outcome: Outcome) -> bool:
        """True where the workers should take over what is in force now."""
        if outcome.faults:
            return False
        self.models.reload(self.config)
        return True

    def _asked(self) -> bool:
        """Do what the admin process asks; True where the workers should take something over."""
        question = question_in(self.directory)
        outcome: Outcome | None = None
        if question.get("ask") == Asked.RELOAD:
            outcome = self.in_force.reload("admin")
        elif question.get("ask") == Asked.ROLLBACK:
            outcome = self.in_force.roll_back(str(question.get("version", "")))
        kept = [asdict(version) for version in self.in_force.versions.all()]
        answer = {"versions": kept} if outcome is None else outcome.body
        try:
            answer_in(self.directory, question, {"in_force": self.config.version, **answer})
        except OSError as error:
            logger().error("config.refused", fault=f"the state directory cannot be written: {error}")
        return outcome is not None and self._told(outcome)


def announce_on_stderr(sockets: list[Bound]) -> None:
    """One line per address, for the log."""
    for listener, bound in sockets[0]:
        logger().info("gateway.listening", address=f"{listener.host}:{bound.getsockname()[1]}")
