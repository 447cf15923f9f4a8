"""One token opens the admin side: the operator's own, or one made once, and never a short one."""

import os
import secrets
from pathlib import Path

from proxy.faults import OwnFault

MIN_LENGTH = 16
OWN_BYTES = 32


def admin_token(token_file: Path | None, directory: Path) -> str:
    """The admin token. Raises OwnFault where its file cannot be read, is open to others or is too short.

    Without `token_file` it is kept in `directory`/admin.token, made at the first call.
    """
    path = token_file or directory / "admin.token"
    try:
        if token_file is None:
            _make(path)
        mode = path.stat().st_mode
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise OwnFault(f"admin.token_file: cannot read {path}: {fault}") from None
    if mode & 0o077:
        raise OwnFault(f"admin.token_file: {path} can be read by others; run: chmod 600 {path}")
    if len(token) < MIN_LENGTH:
        raise OwnFault(f"admin.token_file: {path} has fewer than {MIN_LENGTH} characters")
    return token


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(OWN_BYTES) + "\n")
