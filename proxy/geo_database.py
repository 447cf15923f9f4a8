"""A MaxMind database is opened from a copy of our own, and trusted once it has answered."""

import os
import shutil
from hashlib import blake2s
from ipaddress import IPv6Address
from pathlib import Path

import maxminddb

from proxy.followed_file import stamp_of

MAX_BYTES = 2 * 1024**3
PROBES = 512  # addresses all over the tree that must be answered for before a database is trusted
GLOBAL_UNICAST = 0x2000 << 112  # RFC 4291 section 2.4
UNUSABLE = (ValueError, KeyError, TypeError, AttributeError, maxminddb.InvalidDatabaseError)


def open_database(path: Path, folder: Path) -> maxminddb.Reader:
    """The database at `path`. Raises OSError, and ValueError where it cannot be used.

    It is mapped from a copy in `folder`, which all workers share: a mapped file that its writer truncates
    ends the process that reads it (SIGBUS), and databases are replaced by whatever means operators have.
    """
    copy = _copied(path, folder)
    try:
        reader = maxminddb.open_database(str(copy))
        _probe(reader)
    except UNUSABLE as error:
        copy.unlink(missing_ok=True)
        raise ValueError(str(error) or type(error).__name__) from None
    return reader


def _copied(path: Path, folder: Path) -> Path:
    """A copy that is named for the state of the file, so that each state is copied once."""
    stamp = stamp_of(path)
    if stamp[2] > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes")
    if not path.is_file():
        raise ValueError("not a file")
    source = blake2s(os.fsencode(path.absolute()), digest_size=8).hexdigest()
    state = blake2s(repr(stamp).encode(), digest_size=8).hexdigest()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = folder / f"{source}-{state}.mmdb"
    if not copy.exists():
        partial = folder / f"{source}-{os.getpid()}.partial"
        try:
            shutil.copyfile(path, partial)
            if stamp_of(path) != stamp:
                raise ValueError("changed while it was read")
            partial.replace(copy)
        finally:
            partial.unlink(missing_ok=True)
    for old in folder.glob(f"{source}-*.mmdb"):
        if old != copy:
            old.unlink(missing_ok=True)  # who has it mapped keeps it
    return copy


def _probe(reader: maxminddb.Reader) -> None:
    """Ask for addresses all over. Raises what the reader raises for a broken tree or record."""
    about = reader.metadata()
    step = (1 << 32) // PROBES
    for number in range(PROBES):
        reader.get(f"{(number * step + 1) >> 24}.{(number * step + 1) >> 16 & 255}.1.1")
    if about.ip_version == 6:
        for number in range(PROBES):
            reader.get(str(IPv6Address(GLOBAL_UNICAST + (number << 116))))
