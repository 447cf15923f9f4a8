"""Lines of a log, whatever it holds: compressed or not, cut off, or one line without an end."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

MAX_LINE_BYTES = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"


class Lines:
    """The lines of one file that are not blank; iterate once. `truncated` tells that it was cut off."""

    def __init__(self, path: Path, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self.path = path
        self.truncated = False
        self._most = max_line_bytes
        self._raw: BinaryIO | None = None

    def __iter__(self) -> Iterator[bytes]:
        most = self._most
        with self.path.open("rb") as raw:
            self._raw = raw
            readline = unpacked(raw).readline
            try:
                while line := readline(most):
                    if len(line) == most and not line.endswith(b"\n"):
                        rest = line
                        while len(rest) == most and not rest.endswith(b"\n"):
                            rest = readline(most)
                    if not line.isspace():
                        yield line
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.truncated = True
            finally:
                self._raw = None

    def position(self) -> int:
        """How many bytes of the file were taken in."""
        return 0 if self._raw is None else self._raw.tell()


def unpacked(raw: BinaryIO) -> BinaryIO:
    """The file, decompressed where its first bytes are those of gzip."""
    magic = raw.read(2)
    raw.seek(0)
    if magic != GZIP_MAGIC:
        return raw
    return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]  # as io.BufferedIOBase


def open_log(path: Path) -> BinaryIO:
    """The file at `path` for reading, decompressed where its first bytes are those of gzip."""
    return unpacked(path.open("rb"))


def json_of(line: bytes) -> Any:
    """JSON, quickly; halves of surrogate pairs, which orjson refuses, are read slowly. Raises ValueError."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            return json.loads(line)
        except RecursionError:
            raise ValueError("nested too deeply") from None
