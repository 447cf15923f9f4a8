"""The configuration in force on this node: loaded, replaced as a whole or not at all, rolled back, kept."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from config.changes import changes_between, changes_of_lists, lists_written_in
from config.fault import ConfigFaults
from config.loader import Recorder, Snapshot, load
from config.reading import Reader
from config.settings import Config, Watch
from detectors.value import value
from proxy.admin_process import REFUSED
from proxy.config_watch import ConfigWatch, Stamping, followed_in, lists_in
from proxy.last_good import SNAPSHOT, last_good
from proxy.logs import logger
from proxy.supervisor import write_atomically
from proxy.tls.certificates import Certificates
from proxy.tls.spots import with_listeners_of
from proxy.versions import Versions

VERSIONS = "versions"
MOST_TOLD = 100  # changes of one reload


@value
class Outcome:
    """What became of a reload; where there are `faults`, nothing changed."""

    version: str
    previous: str
    changes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """As JSON can say it."""
        names = ("version", "previous", "changes", "faults")
        return {name: getattr(self, name) for name in names}


class InForce:
    """`config` and the `texts` that it was made of. `read` gives the texts of the operator's files.

    `faults` are those of a start with the last good configuration in place of a broken one.
    """

    def __init__(
        self,
        path: str,
        read: Reader,
        *,
        or_last_good: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.path = path
        self._read = read
        self._watch = ConfigWatch()
        self.faults: tuple[str, ...] = ()
        try:
            self.config, self.texts = self._load(read)
        except ConfigFaults as refusal:
            if not or_last_good:
                raise
            self.faults = tuple(map(str, refusal.faults))
            self.texts = last_good(path, read)
            self.config = load(path, Snapshot(self.texts))
        self.directory = self.config.state.directory.absolute()
        self.versions = Versions(self.directory / VERSIONS)
        self.certificates = Certificates(self.config, path, self.texts[path])

    def start(self) -> None:
        """Keep what the gateway starts with; say so where it is the last good one. Raises OSError."""
        self._keep(self.config.version, self.texts, "start", ())
        (self.directory / REFUSED).unlink(missing_ok=True)
        if self.faults:
            self._refuse(self.faults, "start")
            logger().error("config.last_good", version=self.config.version)

    def reload(self, cause: str) -> Outcome:
        """Read all files again."""
        return self._replaced(self._read, cause)

    def reload_changed(self) -> Outcome | None:
        """Read again what is followed, where it has changed; None where nothing has.

        Lists alone are taken from the disk where they alone are followed: a half-edited YAML, or one that
        was rolled back, stays where it is.
        """
        if not self._watch.look(followed_in(self.texts, self.config), self._clock()):
            return None
        lists, kept = frozenset(lists_in(self.texts, self.config)), Snapshot(self.texts)

        def read(path: str) -> str:
            return self._read(path) if path in lists else kept(path)

        return self._replaced(self._read if self.config.watch is Watch.ALL else read, "watch")

    def roll_back(self, version: str) -> Outcome:
        """Put a kept version in force, without one that before the present one."""
        now = self.config.version
        wanted = version or next((kept.version for kept in self.versions.all() if kept.version != now), "")
        texts = self.versions.texts(wanted)
        if texts is None:
            fault = f"no version {wanted} is kept" if wanted else "no version before this one is kept"
            return Outcome(now, now, faults=(f"{fault}; see: stile versions",))
        return self._replaced(Snapshot(texts), "rollback")

    def reread(self) -> Config:
        """What is in force, as the children of this process load it: from the very same texts."""
        snapshot = orjson.loads((self.directory / SNAPSHOT).read_bytes())
        return with_listeners_of(self.config, load(snapshot["path"], Snapshot(snapshot["texts"])))

    def _load(self, read: Reader) -> tuple[Config, dict[str, str]]:
        stamping = Stamping(read)
        recorder = Recorder(stamping)
        try:
            return load(self.path, recorder), recorder.texts
        finally:
            if not isinstance(read, Snapshot):
                self._watch.note(stamping.states)

    def _replaced(self, read: Reader, cause: str) -> Outcome:
        try:
            return self._replace(read, cause)
        except ConfigFaults as refusal:
            return self._refuse([str(fault) for fault in refusal.faults], cause)
        except OSError as error:
            return self._refuse([f"the state directory cannot be written: {error}"], cause)

    def _replace(self, read: Reader, cause: str) -> Outcome:
        started, old, texts_before = time.perf_counter(), self.config, self.texts
        config, texts = self._load(read)
        kept = with_listeners_of(old, config)
        self.certificates.renew(kept, self.path, texts[self.path])
        if config.listeners != kept.listeners:
            logger().warning("config.listeners_unchanged", reason="new listen addresses need a restart")
        before, after = lists_of(texts_before, texts, old), lists_of(texts, texts_before, kept)
        told = [str(each) for each in (*changes_between(old, kept), *changes_of_lists(before, after))]
        if len(told) > MOST_TOLD:
            told[MOST_TOLD:] = [f"and {len(told) - MOST_TOLD:,} more"]
        if kept.version != old.version:
            self._keep(kept.version, texts, cause, told)
        self.config, self.texts = kept, texts
        (self.directory / REFUSED).unlink(missing_ok=True)
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        logger().info(
            "config.changed",
            version=kept.version,
            previous=old.version,
            cause=cause,
            changes=told,
            took_ms=took_ms,
        )
        return Outcome(kept.version, old.version, tuple(told))

    def _keep(self, version: str, texts: dict[str, str], cause: str, told: Sequence[str]) -> None:
        """What is in force, as one file for the workers, and once more among the versions."""
        snapshot = orjson.dumps({"path": self.path, "texts": texts}).decode()
        self.versions.keep(version, texts, cause, told)
        write_atomically(self.directory / SNAPSHOT, snapshot)

    def _refuse(self, faults: Sequence[str], cause: str) -> Outcome:
        for fault in faults:
            logger().error("config.refused", fault=fault, cause=cause)
        try:
            write_atomically(self.directory / REFUSED, "\n".join(faults))
        except OSError as error:
            logger().error("config.refused", fault=f"the state directory cannot be written: {error}")
        return Outcome(self.config.version, self.config.version, faults=tuple(faults))


def lists_of(texts: Mapping[str, str], others: Mapping[str, str], config: Config) -> dict[str, str]:
    """The lists in files, and those written in the YAML files that are not the same in both."""
    found = {path: texts[path] for path in lists_in(texts, config)}
    for path, text in texts.items():
        if Path(path).suffix in {".yaml", ".yml"} and others.get(path) != text:
            found |= lists_written_in(text)
    return found
