"""The last configurations that were in force, whole, so that any of them can be put into force again."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from detectors.value import value
from proxy.supervisor import write_atomically

KEPT = 5
ENDING = ".json"


@value
class Version:
    """One configuration that was in force: since when (Unix seconds), by what, and what that changed."""

    version: str
    since: float
    cause: str
    changes: tuple[str, ...]


class Versions:
    """The folder that keeps them, for the owner alone. The latest one comes first."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def keep(self, version: str, texts: Mapping[str, str], cause: str, changes: Sequence[str]) -> None:
        """This one is in force from now on; the oldest beyond KEPT go. Raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        kept = {
            "version": version,
            "since": self._clock(),
            "cause": cause,
            "changes": list(changes),
            "texts": dict(texts),
        }
        write_atomically(self._folder / f"{version}{ENDING}", orjson.dumps(kept).decode())
        for old in self.all()[KEPT:]:
            (self._folder / f"{old.version}{ENDING}").unlink(missing_ok=True)

    def all(self) -> list[Version]:
        """Those that are kept; what cannot be read is left out."""
        found = [self._read(path) for path in self._folder.glob(f"*{ENDING}")]
        versions = [_version(kept) for kept in found if kept is not None]
        return sorted(versions, key=lambda version: -version.since)

    def texts(self, version: str) -> dict[str, str] | None:
        """The files of one of them, by path; None where it is not kept."""
        if version not in {kept.version for kept in self.all()}:  # never a path that somebody made up
            return None
        kept = self._read(self._folder / f"{version}{ENDING}")
        return None if kept is None else dict(kept["texts"])

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            kept = orjson.loads(path.read_bytes())
            _version(kept), dict(kept["texts"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return dict(kept)


def _version(kept: Mapping[str, Any]) -> Version:
    return Version(str(kept["version"]), float(kept["since"]), str(kept["cause"]), tuple(kept["changes"]))
