"""The request target and Host, read the one way that every later step agrees on."""

import re

from proxy.faults import ClientFault

# RFC 3986 section 3.2: reg-name or IPv4 or bracketed IPv6, then an optional port; no userinfo. Comma and
# semicolon are left out: they would part the elements of Forwarded, and no host has them.
_AUTHORITY = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~!$&'()*+=%-]{1,255})(?::([0-9]{1,5})?)?")
_ABSOLUTE = re.compile(rb"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


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

    Source: RFC 9112 section 3.2. Raises 400 for anything but origin-form, absolute-form, or `*` with OPTIONS.
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
