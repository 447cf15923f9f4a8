"""Files are read in one place, so that a snapshot of their texts can stand in for the disk."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

Reader = Callable[[str], str]
PICTURES = frozenset({".svg", ".png", ".webp"})
MAX_PICTURE_BYTES = 32 * 1024


def read_file(path: str) -> str:
    """The text of the file at `path`, without a byte order mark. Raises OSError, or UnicodeDecodeError.

    A snapshot holds text alone, so a picture comes as base64, and a folder, whose path ends with a slash, as
    the names in it. Raises ValueError for a picture larger than MAX_PICTURE_BYTES.
    """
    if path.endswith("/"):
        return "\n".join(sorted(entry.name for entry in Path(path).iterdir()))
    if Path(path).suffix.lower() in PICTURES:
        return _picture(path)
    return Path(path).read_text(encoding="utf-8-sig")


def _picture(path: str) -> str:
    with Path(path).open("rb") as file:
        raw = file.read(MAX_PICTURE_BYTES + 1)
    if len(raw) > MAX_PICTURE_BYTES:
        raise ValueError(f"larger than {MAX_PICTURE_BYTES // 1024} KiB")
    return b64encode(raw).decode("ascii")


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
