"""The installation's secret: the operator's file, or one made once; a bad one never becomes a random one."""

import os
import secrets
from pathlib import Path

from challenges.keyring import MIN_SECRET_BYTES
from proxy.faults import OwnFault

OWN_BYTES = 32


def read_secret(key_file: Path | None, directory: Path) -> bytes:
    """The secret's bytes. Raises OwnFault where the file is unreadable, too short, or open to others."""
    path = key_file or directory / "secret.key"
    if key_file is None and not path.exists():
        _make(path)
    try:
        mode = path.stat().st_mode
        content = path.read_bytes().strip()
    except OSError as error:
        raise OwnFault(f"secrets.key_file: cannot read {path}: {error.strerror}") from None
    if mode & 0o077:
        raise OwnFault(f"secrets.key_file: {path} can be read by others; run: chmod 600 {path}")
    if len(content) < MIN_SECRET_BYTES:
        raise OwnFault(f"secrets.key_file: {path} has fewer than {MIN_SECRET_BYTES} bytes")
    return content


def _make(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(OWN_BYTES).encode("ascii"))
