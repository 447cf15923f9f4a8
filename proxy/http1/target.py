"""The request target and Host, read the one way that every later step agrees on."""

import re
from urllib.parse import unquote_to_bytes

from proxy.faults import ClientFault

# RFC 3986 section 3.2: reg-name or IPv4 or bracketed IPv6, then an optional port; no userinfo.
_AUTHORITY = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~!$&'()*+,;=%-]{1,255})(?::([0-9]{1,5})?)?")
_ABSOLUTE = re.compile(rb"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_NEEDS_CARE = re.compile(rb"[%\x80-\xff\\]|//|/\.")
_UNRESERVED = re.compile(rb"%(?:[46][1-9A-Fa-f]|[57][0-9Aa]|3[0-9]|2[DdEe]|5[Ff]|7[Ee])")


def parse_authority(authority: bytes) -> str:
    """Return the lower-case host without port, or raise 400.

    Source: RFC 9110 section 7.2, RFC 3986 section 3.2.
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None or (match[2] and int(match[2]) > 65535):
        raise ClientFault(400, "bad request", "malformed Host")
    return match[1].decode("ascii").lower().rstrip(".")


def split_target(method: str, target: bytes) -> tuple[bytes, bytes | None]:
    """Return the origin-form of `target` and the authority that an absolute-form carried.

    Source: RFC 9112 section 3.2. Raises 400 for anything else than origin-form, absolute-form, or `*` with OPTIONS.
    """
    if target.startswith(b"/"):
        if b"#" in target:
            raise ClientFault(400, "bad request", "fragment in request target")
        return target, None
    if target == b"*" and method == "OPTIONS":
        return target, None
    match = _ABSOLUTE.fullmatch(target)
    if match is None or b"#" in target:
        raise ClientFault(400, "bad request", "malformed request target")
    rest = match[3]
    if not rest.startswith(b"/"):
        rest = b"/" + rest if not (method == "OPTIONS" and not rest) else b"*"
    return rest, match[2]


def normal_path(path: bytes) -> str:
    """The path that rules and routes see: unreserved escapes decoded, dot segments and double slashes removed.

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
