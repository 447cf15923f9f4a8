"""An asset's name holds the hash of its content, so a browser fetches it once and never asks again."""

from gzip import compress
from hashlib import sha256
from pathlib import Path

from challenges.cookies import Headers
from challenges.reply import Reply
from detectors.value import value

FOLDER = Path(__file__).parent / "assets"
PREFIX = "/.stile/assets/"
HASH_CHARS = 10
IMMUTABLE = b"public, max-age=31536000, immutable"
TYPES = {
    "challenge.css": b"text/css; charset=utf-8",
    "challenge.js": b"text/javascript; charset=utf-8",
    "probes.js": b"text/javascript; charset=utf-8",
    "worker.js": b"text/javascript; charset=utf-8",
}


@value
class Asset:
    """One file of the pages. `path` is where browsers find it."""

    name: str
    path: str
    content_type: bytes
    body: bytes
    gzipped: bytes


def _load(name: str, content_type: bytes) -> Asset:
    body = (FOLDER / name).read_bytes()
    stem, _, suffix = name.rpartition(".")
    path = f"{PREFIX}{stem}.{sha256(body).hexdigest()[:HASH_CHARS]}.{suffix}"
    return Asset(name, path, content_type, body, compress(body, 9, mtime=0))


ASSETS = {name: _load(name, content_type) for name, content_type in TYPES.items()}


def asset_reply(path: str, accept_encoding: bytes) -> Reply | None:
    """The answer to a GET below PREFIX; None where there is no such asset.

    While a new version is rolled out, a page of one node may ask another for a hash that it does not have: it
    gets what there is, and is told not to keep it.
    """
    name, _, suffix = path.removeprefix(PREFIX).rpartition(".")
    asset = ASSETS.get(f"{name.partition('.')[0]}.{suffix}")
    if asset is None or not path.startswith(PREFIX):
        return None
    zipped = b"gzip" in accept_encoding
    headers: Headers = (
        (b"Content-Type", asset.content_type),
        (b"Cache-Control", IMMUTABLE if path == asset.path else b"no-store"),
        (b"Vary", b"Accept-Encoding"),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Content-Security-Policy", b"default-src 'none'"),
        *(((b"Content-Encoding", b"gzip"),) if zipped else ()),
    )
    return Reply(200, headers, asset.gzipped if zipped else asset.body)
