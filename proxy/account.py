"""Who is logged in is for the storefront to say; Stile remembers a keyed hash of it and nothing else."""

import re
from functools import lru_cache
from hashlib import blake2b

from challenges.cookies import cookie_reader
from config.settings import AccountSource
from detectors.request import Request

HASH_BYTES = 8
MAX_NAME_BYTES = 512  # longer ones name nobody
_HASHED = re.compile(r"[0-9a-f]{16}")


def account_of(request: Request, source: AccountSource, secret: bytes, *, trusted: bool) -> str:
    """The account that a request names, hashed; empty for none. Only a trusted front may use a header."""
    if source.cookie:
        return hashed_account(next(iter(_reader(source.cookie)(request)), b""), secret)
    if source.header and trusted:
        return hashed_account(request.fields.get(source.header.encode("ascii"), b""), secret)
    return ""


def told_account(lines: bytes, header: str) -> tuple[bytes, bytes]:
    """The account that an answer's field lines name in `header`, and the lines without it."""
    pattern = _pattern(header)
    found = pattern.search(lines)
    return (b"", lines) if found is None else (found[1].strip(b" \t"), pattern.sub(b"", lines))


def hashed_account(name: bytes, secret: bytes) -> str:
    """How an account is called everywhere in Stile: 16 hexadecimal characters; empty for no name."""
    if not 0 < len(name) <= MAX_NAME_BYTES:
        return ""
    return blake2b(name, digest_size=HASH_BYTES, key=secret[:64], person=b"stile account").hexdigest()


def is_hashed_account(text: str) -> bool:
    """Whether this may be what `hashed_account` made."""
    return _HASHED.fullmatch(text) is not None


@lru_cache(64)
def _reader(cookie: str):  # type: ignore[no-untyped-def]  # as cookie_reader says
    return cookie_reader(cookie.encode("ascii"))


@lru_cache(64)
def _pattern(header: str) -> re.Pattern[bytes]:
    name = re.escape(header.encode("ascii"))
    return re.compile(rb"^" + name + rb":([^\r]*)\r\n", re.IGNORECASE | re.MULTILINE)
