"""Whom to forget must lie in the store for a while, so it lies there sealed: Fernet under our own secret."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def sealed(subjects: Iterable[str], secret: bytes) -> str:
    """These subjects as text that says nothing to whoever reads the store."""
    return _fernet(secret).encrypt("\n".join(subjects).encode("utf-8", "surrogateescape")).decode("ascii")


def opened(text: str, secret: bytes) -> frozenset[str] | None:
    """What `sealed` made under the same secret; None for anything else."""
    try:
        content = _fernet(secret).decrypt(text)
    except InvalidToken:
        return None
    return frozenset(content.decode("utf-8", "surrogateescape").split("\n"))


def _fernet(secret: bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"stile/1/forget").derive(secret)
    return Fernet(urlsafe_b64encode(key))
