"""A file that somebody else replaces now and then: read again when it changes, the last good reading kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from proxy.logs import logger

T = TypeVar("T")
Stamp = tuple[int, int, int, int]


class FollowedFile(Generic[T]):
    """`content` is what `read` last made of the file; None while it has made nothing of it.

    `read` may raise OSError, and ValueError for content that cannot be used. Each state of the file is read
    once, and each thing that is wrong is complained about once.
    """

    def __init__(self, path: Path, read: Callable[[Path], T]) -> None:
        self.path = path
        self.content: T | None = None
        self._read = read
        self._stamp: Stamp | None = None
        self._complaint = ""

    def look(self) -> bool:
        """Read the file if it has changed; True where `content` is new. For a thread: disks are slow."""
        try:
            stamp = stamp_of(self.path)
            if stamp == self._stamp:
                return False
            content = self._content(stamp)
        except OSError as error:
            self._stamp = None
            self._complain(error)
            return False
        except ValueError as error:
            self._complain(error)
            return False
        self._complaint = ""
        self.content = content
        return True

    def _content(self, stamp: Stamp) -> T:
        """Raises what `read` raises. What is still being written is read again in the next round."""
        try:
            content = self._read(self.path)
        finally:
            self._stamp = stamp if stamp_of(self.path) == stamp else None
        if self._stamp is None:
            raise ValueError("changed while it was read")
        return content

    def _complain(self, error: Exception) -> None:
        complaint = f"{type(error).__name__}: {error}"
        if complaint == self._complaint:
            return
        self._complaint = complaint
        kept = self.content is not None
        logger().warning("geoip.unusable", path=str(self.path), error=str(error), last_good_kept=kept)


def stamp_of(path: Path) -> Stamp:
    """What changes when the file is replaced or written to. Raises OSError."""
    about = path.stat()
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
