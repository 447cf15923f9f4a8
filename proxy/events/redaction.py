"""What an event may say of a request: shapes and names, never secrets, and always valid text."""

import hmac
import re
from ipaddress import IPv6Address

HIDDEN = "<redacted>"
MAX_PARAMETERS = 32
MAX_NAME = 64
MAX_VALUE = 256

_UNROUTED = b"\xfd"  # RFC 4193: a hashed address stays an address for the reader, and is nobody's
_SESSION_IN_PATH = re.compile(
    r"(;(?:jsessionid|phpsessid|aspsessionid\w*|sessionid|sid)=)[^;/]*", re.IGNORECASE
)
_USER_INFO = re.compile(r"^([a-z][a-z0-9+.-]*:)?//[^/?#]*@", re.IGNORECASE)
# C1 controls, line and paragraph separators, and what turns the direction of text: each of them breaks a
# line, a terminal or a reader's eye, so they are shown instead of done.
_UNSHOWN = {
    code: f"\\u{code:04x}"
    for code in (*range(0x80, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
}


def safe_text(text: str, limit: int) -> str:
    """At most `limit` characters that any reader may take in.

    Surrogates, which stand for bytes that were no UTF-8, become `\\xNN`; what was cut ends in an ellipsis.
    """
    if not text.isascii():
        text = _shown(text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def safe_bytes(raw: bytes, limit: int) -> str:
    """Header bytes as text: read as UTF-8, with `\\xNN` for every byte that is not."""
    return safe_text(raw[: 4 * limit].decode("utf-8", "backslashreplace"), limit)


def safe_path(path: str, limit: int) -> str:
    """A path as it stands, but for session ids that old servers write into it."""
    if ";" in path:
        path = _SESSION_IN_PATH.sub(r"\1" + HIDDEN, path)
    return safe_text(path, limit)


def safe_query(query: str, shown: frozenset[str], limit: int) -> str:
    """Parameter names with their values hidden, except the values of the names in `shown`.

    A part without `=` is taken for a value. Names are compared as they stand on the wire.
    """
    parts = query.split("&", MAX_PARAMETERS)
    if len(parts) > MAX_PARAMETERS:
        parts[MAX_PARAMETERS] = "…"
    return safe_text("&".join([_safe_parameter(part, shown) for part in parts]), limit)


def safe_referrer(raw: bytes, shown: frozenset[str], limit: int) -> str:
    """A referring address without user information and fragment, its query redacted."""
    address = _USER_INFO.sub(r"\1//", safe_bytes(raw, 2 * limit)).partition("#")[0]
    location, mark, query = address.partition("?")
    location = safe_path(location, limit)
    return safe_text(f"{location}?{safe_query(query, shown, limit)}", limit) if mark else location


def hashed_address(address: str, key: bytes) -> str:
    """A keyed hash of `address` in the form of a unique local IPv6 address, which index mappings accept."""
    return str(IPv6Address(_UNROUTED + hmac.digest(key, address.encode(), "sha256")[:15]))


def _shown(text: str) -> str:
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        raw = text.encode("utf-8", "backslashreplace")
    return raw.decode("utf-8", "backslashreplace").translate(_UNSHOWN)


def _safe_parameter(part: str, shown: frozenset[str]) -> str:
    name, equals, value = part.partition("=")
    if not equals:
        return HIDDEN if part and part != "…" and part not in shown else part
    if name in shown:
        return f"{name}={value[:MAX_VALUE]}"
    return f"{name[:MAX_NAME]}={HIDDEN}"
