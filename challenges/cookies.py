"""A Cookie header is bytes that anybody may have written: read little of it, and never complain."""

import re
from collections.abc import Callable

from detectors.request import Request

MAX_HEADER_BYTES = 16 * 1024
MAX_VALUES = 8  # one per path and domain level that can share a name; each costs an opening

Headers = tuple[tuple[bytes, bytes], ...]


def cookie_reader(name: bytes) -> Callable[[Request], list[bytes]]:
    """A function that reads the values sent under `name`: cookies of several paths and domains can share one.

    Only the first Cookie field counts, since RFC 6265 section 5.4 allows one. Text inside another cookie's
    value may be taken for a cookie: whoever reads the values must be able to tell a forgery anyway.
    """
    marker = re.escape(name + b"=")
    # the name comes first and is looked back upon, so that the search is one for plain bytes: 0.4 µs, not 1.9
    find = re.compile(marker + rb"(?<![^; \t]" + marker + rb')[ \t"]*([^; \t"]*)').findall

    def values(request: Request) -> list[bytes]:
        header = request.fields.get(b"cookie")
        return [] if header is None else find(header[:MAX_HEADER_BYTES])[:MAX_VALUES]

    return values


def set_cookie(
    name: bytes, content: str, *, secure: bool, max_age_s: float | None, path: str = "/"
) -> tuple[bytes, bytes]:
    """A Set-Cookie field for a cookie that scripts cannot read; without an age it ends with the browser.

    SameSite is Lax, not Strict: a person who follows a link from elsewhere must arrive with the clearance.
    """
    age = b"" if max_age_s is None else b"; Max-Age=%d" % max(0, int(max_age_s))
    flags = b"; Path=" + path.encode("ascii") + b"; HttpOnly; SameSite=Lax" + (b"; Secure" if secure else b"")
    return b"Set-Cookie", name + b"=" + content.encode("ascii") + age + flags
