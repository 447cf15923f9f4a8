"""Where a person returns to is a path of this very site, or its front page."""

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

from detectors.path import OWN_PREFIX
from detectors.request import Request

MAX_TARGET_BYTES = 2 * 1024
FRONT_PAGE = "/"
MAX_DECODINGS = 3
_PRINTABLE = "".join(chr(byte) for byte in range(0x21, 0x7F))
_UNFIT = re.compile(rb"[\x00-\x20\x7f#]")  # no request target holds them (RFC 9112 section 3.2)
_MISLEADING = re.compile(rb"[\x00-\x1f\x7f\\]")


def return_target(request: Request) -> str:
    """The path and query to return to after the challenge.

    A form cannot be sent again by a redirect, and a page of ours is no destination: there it is the page that
    led here, where a Referer of the same host names it.
    """
    if request.method in ("GET", "HEAD") and not is_reserved(request):
        return safe_target(request.target)
    return safe_target(_referring_target(request))


def is_reserved(request: Request) -> bool:
    """True for the paths that Stile answers itself."""
    return request.path.startswith(OWN_PREFIX)


def safe_target(target: bytes) -> str:
    """`target` with foreign bytes escaped, or the front page where a browser might read another host.

    Browsers take a backslash for a slash, drop tabs and line ends, and resolve `..`, also escaped: so the
    path is read as the most eager of them would, and must still begin with a single slash.
    """
    if not 0 < len(target) <= MAX_TARGET_BYTES or not target.startswith(b"/"):
        return FRONT_PAGE
    if _UNFIT.search(target):
        return FRONT_PAGE
    path = target.partition(b"?")[0]
    for _ in range(MAX_DECODINGS):
        if not _stays_here(path):
            return FRONT_PAGE
        path = unquote_to_bytes(path)
    return quote(target, safe=_PRINTABLE)


def _stays_here(path: bytes) -> bool:
    if path.startswith(b"//") or _MISLEADING.search(path):
        return False
    resolved: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b"..":
            del resolved[-1:]
        elif segment != b".":
            resolved.append(segment)
    if len(resolved) > 1 and resolved[0] == b"":
        return False
    return not (b"/" + b"/".join(resolved) + b"/").startswith(OWN_PREFIX.encode())


def _referring_target(request: Request) -> bytes:
    try:
        referrer = urlsplit(request.text(b"referer"))
        same_host = referrer.hostname == request.host
    except ValueError:
        return b""
    if not same_host:
        return b""
    query = "?" + referrer.query if referrer.query else ""
    return (referrer.path + query).encode("latin-1")
