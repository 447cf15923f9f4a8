"""Files are read in one place, so that a snapshot of their texts can stand in for the disk."""

from collections.abc import Callable, Mapping
from pathlib import Path

Reader = Callable[[str], str]


def read_file(path: str) -> str:
    """The text of the file at `path`, without a byte order mark. Raises OSError, or UnicodeDecodeError."""
    return Path(path).read_text(encoding="utf-8-sig")


class Recorder:
    """Reads like `read_file` and keeps every text; `texts` is the snapshot that all workers load."""

    def __init__(self, read: Reader = read_file) -> None:
        self._read = read
        self.texts: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        if path not in self.texts:
            self.texts[path] = self._read(path)
        return self.texts[path]


class Snapshot:
    """Reads from recorded texts alone. Raises FileNotFoundError for a path that was not recorded."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def __call__(self, path: str) -> str:
        try:
            return self._texts[path]
        except KeyError:
            raise FileNotFoundError(2, "No such file in the snapshot", path) from None
