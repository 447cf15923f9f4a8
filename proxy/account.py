"""Who is logged in is for the storefront to say; Stile remembers a keyed hash of it and nothing else."""

import re
from functools import lru_cache
from hashlib import blake2b

from challenges.cookies import cookie_reader
from challenges.login import Login
from config.settings import AccountSource
from detectors.request import Request

HASH_BYTES = 8
MAX_NAME_BYTES = 512  # longer ones name nobody
_HASHED = re.compile(r"[0-9a-f]{16}")
# RFC 9111 section 5.1: an answer with Age was not made for this request, so nor was the name in it
_FROM_A_CACHE = re.compile(rb"^age:", re.IGNORECASE | re.MULTILINE)


def account_of(
    request: Request, source: AccountSource, secret: bytes, *, trusted: bool, login: Login | None
) -> str:
    """The account of a request, hashed; empty for none.

    Anybody can write a cookie or a header. So where the storefront names accounts in its answers, `login`, in
    which we keep its word, tells alone, as long as the storefront's cookie is there; a header counts from a
    trusted front; and a cookie without either names nobody but whoever holds that very value.
    """
    if source.response_header:
        return "" if login is None or (source.cookie and not _cookie(request, source)) else login.account
    if source.cookie:
        return hashed_account(_cookie(request, source), secret)
    if source.header and trusted:
        return hashed_account(request.fields.get(source.header.encode("ascii"), b""), secret)
    return ""


def told_account(lines: bytes, header: str) -> bytes | None:
    """The account that an answer's lines name in `header`: empty for nobody, None where they do not say."""
    found = _pattern(header).search(lines)
    if found is None or _FROM_A_CACHE.search(lines) is not None:
        return None
    return found[1].strip(b" \t")


def without_account(lines: bytes, header: str) -> bytes:
    """The field lines of an answer without `header`, which is for us alone."""
    return _pattern(header).sub(b"", lines)


def hashed_account(name: bytes, secret: bytes) -> str:
    """How an account is called everywhere in Stile: 16 hexadecimal characters; empty for no name."""
    if not 0 < len(name) <= MAX_NAME_BYTES:
        return ""
    return blake2b(name, digest_size=HASH_BYTES, key=secret[:64], person=b"stile account").hexdigest()


def is_hashed_account(text: str) -> bool:
    """Whether this may be what `hashed_account` made."""
    return _HASHED.fullmatch(text) is not None


def _cookie(request: Request, source: AccountSource) -> bytes:
    """The value of the storefront's cookie; empty where it is not there."""
    return next(iter(_reader(source.cookie)(request)), b"")


@lru_cache(64)
def _reader(cookie: str):  # type: ignore[no-untyped-def]  # as cookie_reader says
    return cookie_reader(cookie.encode("ascii"))


@lru_cache(64)
def _pattern(header: str) -> re.Pattern[bytes]:
    name = re.escape(header.encode("ascii"))
    return re.compile(rb"^" + name + rb":([^\r]*)\r\n", re.IGNORECASE | re.MULTILINE)
