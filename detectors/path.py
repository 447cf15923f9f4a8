"""A path has one plain form, the one that rules, routes, counters and logs all see."""

import re
from urllib.parse import unquote_to_bytes

OWN_PREFIX = "/.stile/"  # what Stile answers itself; the shop has nothing below it
_NEEDS_CARE = re.compile(rb"[%\x80-\xff\\]|//|/\.")
_UNRESERVED = re.compile(rb"%(?:[46][1-9A-Fa-f]|[57][0-9Aa]|3[0-9]|2[DdEe]|5[Ff]|7[Ee])")


def normal_path(path: bytes) -> str:
    """The path in plain: unreserved escapes decoded, dot segments and double slashes removed.

    Source: RFC 3986 section 6.2.2. A path that only looks like another one (`/a/%2e%2e/login`, `//login`) is
    judged as what a storefront would make of it. `%2F` stays encoded: decoding it would change the segments.
    """
    if _NEEDS_CARE.search(path) is None:
        return path.decode("ascii")
    path = _UNRESERVED.sub(lambda escape: unquote_to_bytes(escape[0]), path).replace(b"\\", b"/")
    kept: list[bytes] = []
    segments = path.split(b"/")
    for segment in segments[1:]:
        if segment == b"..":
            if kept:
                kept.pop()
        elif segment not in {b"", b"."}:
            kept.append(segment)
    trailing = b"/" if kept and segments[-1] in {b"", b".", b".."} else b""
    return (b"/" + b"/".join(kept) + trailing).decode("utf-8", "surrogateescape")
