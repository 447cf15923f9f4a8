"""The names a client sends, in its order and its spelling, are a signature. Values play no part."""

from hashlib import blake2b

from detectors.fingerprint.reading import FRONT_HEADERS, FRONT_PREFIXES

# These come and go between two requests of one and the same client.
VOLATILE = FRONT_HEADERS | {
    b"cookie",
    b"cookie2",
    b"referer",
    b"origin",
    b"authorization",
    b"range",
    b"if-range",
    b"if-match",
    b"if-none-match",
    b"if-modified-since",
    b"if-unmodified-since",
    b"cache-control",
    b"pragma",
    b"expect",
    b"transfer-encoding",
    b"x-requested-with",
    b"upgrade-insecure-requests",
    b"sec-fetch-user",
    b"sec-purpose",
    b"purpose",
    b"priority",
}
VOLATILE_PREFIXES = (*FRONT_PREFIXES, b"content-")


def fingerprint_of(names: tuple[bytes, ...], http_version: str) -> str:
    """12 hexadecimal characters that stay while order, spelling, set and version of the headers do."""
    kept = [name for name in names if _is_kept(name.lower())]
    return blake2b(b"\n".join([http_version.encode(), *kept]), digest_size=6).hexdigest()


def _is_kept(name: bytes) -> bool:
    return name not in VOLATILE and not name.startswith(VOLATILE_PREFIXES)
