"""A key directory in, the keys that it lists out: Ed25519 for signing, each named by its own thumbprint."""

import base64
import binascii
import json
from contextlib import suppress
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from detectors.value import value

WELL_KNOWN = "/.well-known/http-message-signatures-directory"
MEDIA_TYPE = "application/http-message-signatures-directory+json"
MAX_KEYS = 50
FOR_EVER = float("inf")
LAST_S = 253_402_300_799.0  # 31 December 9999, where RFC 9651 ends dates


class BadDirectoryError(ValueError):
    """The directory cannot be used, and why."""


@value
class Key:
    """`x` is the public key in base64url; valid from `not_before` to `expires`, Unix seconds."""

    x: str
    not_before: float
    expires: float

    @property
    def id(self) -> str:
        """The JWK's thumbprint (RFC 7638, RFC 8037 appendix A.3), which is the only name of a key."""
        return thumbprint(self.x)

    def load(self) -> Ed25519PublicKey:
        """The key itself. Raises ValueError where it is none."""
        return Ed25519PublicKey.from_public_bytes(_bytes_of(self.x))


def thumbprint(x: str) -> str:
    """base64url of the SHA-256 of the key's required members in the order that RFC 7638 prescribes."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    return base64.urlsafe_b64encode(sha256(members.encode("utf-8")).digest()).rstrip(b"=").decode("ascii")


def keys_of(body: bytes) -> tuple[Key, ...]:
    """The usable keys of a JSON Web Key Set (RFC 7517). Raises BadDirectoryError where there are none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise BadDirectoryError("not JSON") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise BadDirectoryError("holds no list of keys")
    if len(entries) > MAX_KEYS:
        raise BadDirectoryError(f"more than {MAX_KEYS} keys")
    keys = tuple(key for each in entries if (key := _key(each)) is not None)
    if not keys:
        raise BadDirectoryError("holds no Ed25519 key for signing")
    return keys


def _key(entry: Any) -> Key | None:
    """The key, None for one of another kind and for one whose name is not its thumbprint."""
    if not isinstance(entry, dict) or (entry.get("kty"), entry.get("crv")) != ("OKP", "Ed25519"):
        return None
    x, use = entry.get("x"), entry.get("use", "sig")
    if use != "sig" or not isinstance(x, str):
        return None
    with suppress(ValueError):
        key = Key(x, _seconds(entry.get("nbf"), 0.0), _seconds(entry.get("exp"), FOR_EVER))
        key.load()
        if entry.get("kid", key.id) == key.id:
            return key
    return None


def _seconds(found: Any, otherwise: float) -> float:
    """A time in Unix seconds. Raises ValueError for a number that is no time: JSON knows 1e999 and NaN."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return otherwise
    if not 0 <= found <= LAST_S:
        raise ValueError("no time")
    return float(found)


def _bytes_of(x: str) -> bytes:
    try:
        return base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
