"""What we sealed opens; anything else is None. Sealed means authenticated; locked means secret as well."""

import hmac
from base64 import urlsafe_b64encode
from binascii import Error, a2b_base64
from collections.abc import Sequence
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from detectors.value import value

MIN_SECRET_BYTES = 16  # 128 bits, the least that NIST SP 800-57 still calls strong
MAC_BYTES = 16  # RFC 2104 section 5: at least half of the hash
MAX_FIELD_BYTES = 0xFFFF
NONCE_BYTES = 12

Field = bytes | str | int | float
_INTEGER = Struct(">q")
_FLOAT = Struct(">d")
_LENGTH = Struct(">H")
_STANDARD_ALPHABET = bytes.maketrans(b"-_+/", b"+/  ")  # the plain one's own signs become invalid


@value
class Purpose:
    """What a sealed text is for. Each purpose and layout has keys of its own.

    `layout` has one letter per field: `b` bytes, `s` text, `i` integer of 64 bits, `f` float. `max_chars` is
    checked before anything is parsed.
    """

    name: str
    layout: str
    max_chars: int


class Keyring:
    """Seals with the first secret and opens with any, so that secrets can be rotated.

    Raises ValueError where there is no secret, or a short one: a bad secret never becomes a random one.
    """

    __slots__ = ("_keys", "_secrets")

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets:
            raise ValueError("a keyring needs at least one secret")
        if any(len(secret) < MIN_SECRET_BYTES for secret in secrets):
            raise ValueError(f"a secret has at least {MIN_SECRET_BYTES} bytes")
        self._secrets = tuple(secrets)
        self._keys: dict[tuple[str, str], tuple[bytes, ...]] = {}

    def seal(self, purpose: Purpose, fields: Sequence[Field]) -> str:
        """The fields as base64url text with their MAC. Raises ValueError where they do not fit the layout."""
        payload = _encode(purpose.layout, fields)
        text = _text(payload + self._mac(self._keys_of(purpose)[0], payload))
        if len(text) > purpose.max_chars:
            raise ValueError(f"{purpose.name}: {len(text)} characters are more than {purpose.max_chars}")
        return text.decode("ascii")

    def open(self, purpose: Purpose, text: str | bytes) -> tuple[Field, ...] | None:
        """The fields of what `seal` made for this purpose; None for anything else."""
        sealed = _bytes(text, purpose.max_chars)
        if sealed is None:
            return None
        payload, mac = sealed[:-MAC_BYTES], sealed[-MAC_BYTES:]
        for key in self._keys_of(purpose):
            if hmac.compare_digest(mac, self._mac(key, payload)):
                return _decode(purpose.layout, payload)
        return None

    def lock(self, purpose: Purpose, fields: Sequence[Field]) -> str:
        """The fields as base64url text that nobody else can read. Raises ValueError as `seal` does.

        AES-256-GCM-SIV (RFC 8452), whose nonce is made of the content: equal fields give equal text, and no
        nonce can be used twice for different ones.
        """
        key, payload = self._keys_of(purpose)[0], _encode(purpose.layout, fields)
        nonce = hmac.digest(key, payload, "sha256")[:NONCE_BYTES]
        text = _text(nonce + AESGCMSIV(key).encrypt(nonce, payload, None))
        if len(text) > purpose.max_chars:
            raise ValueError(f"{purpose.name}: {len(text)} characters are more than {purpose.max_chars}")
        return text.decode("ascii")

    def unlock(self, purpose: Purpose, text: str | bytes) -> tuple[Field, ...] | None:
        """The fields of what `lock` made for this purpose; None for anything else."""
        locked = _bytes(text, purpose.max_chars)
        if locked is None:
            return None
        nonce, payload = locked[:NONCE_BYTES], locked[NONCE_BYTES:]
        for key in self._keys_of(purpose):
            try:
                return _decode(purpose.layout, AESGCMSIV(key).decrypt(nonce, payload, None))
            except InvalidTag:
                continue
        return None

    @staticmethod
    def _mac(key: bytes, payload: bytes) -> bytes:
        return hmac.digest(key, payload, "sha256")[:MAC_BYTES]

    def _keys_of(self, purpose: Purpose) -> tuple[bytes, ...]:
        name = (purpose.name, purpose.layout)
        keys = self._keys.get(name)
        if keys is None:
            keys = self._keys[name] = tuple(_derive(secret, purpose) for secret in self._secrets)
        return keys


def _derive(secret: bytes, purpose: Purpose) -> bytes:
    info = f"stile/1/{purpose.name}/{purpose.layout}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _text(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def _bytes(text: str | bytes, max_chars: int) -> bytes | None:
    """Decode base64url that has exactly one spelling: no padding, no stray bits, no foreign characters."""
    if not MAC_BYTES < len(text) <= max_chars:
        return None
    try:
        characters = text.encode("ascii") if isinstance(text, str) else text
        padding = b"=" * (-len(characters) % 4)
        raw = a2b_base64(characters.translate(_STANDARD_ALPHABET) + padding, strict_mode=True)
    except (UnicodeEncodeError, Error):
        return None
    return raw if _text(raw) == characters else None


def _encode(layout: str, fields: Sequence[Field]) -> bytes:
    if len(fields) != len(layout):
        raise ValueError(f"{len(fields)} fields do not fit the layout {layout!r}")
    return b"".join(_encoded(letter, field) for letter, field in zip(layout, fields, strict=True))


def _encoded(letter: str, field: Field) -> bytes:
    match letter, field:
        case "i", int():
            return _INTEGER.pack(field)
        case "f", float() | int():
            return _FLOAT.pack(field)
        case "s", str():
            return _with_length(field.encode("utf-8", "surrogatepass"))
        case "b", bytes():
            return _with_length(field)
    raise ValueError(f"{type(field).__name__} does not fit the layout letter {letter!r}")


def _with_length(content: bytes) -> bytes:
    if len(content) > MAX_FIELD_BYTES:
        raise ValueError(f"a field has at most {MAX_FIELD_BYTES} bytes")
    return _LENGTH.pack(len(content)) + content


def _decode(layout: str, payload: bytes) -> tuple[Field, ...]:
    """Read what `_encode` wrote; the MAC has vouched for it, so it is well-formed."""
    fields: list[Field] = []
    at = 0
    for letter in layout:
        if letter == "i":
            fields.append(_INTEGER.unpack_from(payload, at)[0])
            at += _INTEGER.size
        elif letter == "f":
            fields.append(_FLOAT.unpack_from(payload, at)[0])
            at += _FLOAT.size
        else:
            start = at + _LENGTH.size
            at = start + _LENGTH.unpack_from(payload, at)[0]
            content = payload[start:at]
            fields.append(content.decode("utf-8", "surrogatepass") if letter == "s" else content)
    return tuple(fields)
