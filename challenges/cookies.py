"""A Cookie header is bytes that anybody may have written: read little of it, and never complain."""

from detectors.request import Request

MAX_HEADER_BYTES = 16 * 1024
MAX_VALUES = 8  # one per path and domain level that can share a name; each costs an opening

_SEPARATORS = b"; \t"
_AROUND = b' \t"'

Headers = tuple[tuple[bytes, bytes], ...]


def cookie_values(request: Request, name: bytes) -> list[bytes]:
    """The first values sent under `name`, in order: cookies of several paths and domains can share a name.

    Only the first Cookie field counts, since RFC 6265 section 5.4 allows one. Text inside another cookie's
    value may be taken for a cookie: whoever reads the values must be able to tell a forgery anyway.
    """
    header = request.fields.get(b"cookie")
    if header is None or name not in header:
        return []
    header = header[:MAX_HEADER_BYTES]
    values: list[bytes] = []
    at = header.find(name)
    while at >= 0 and len(values) < MAX_VALUES:
        start = at + len(name)
        if header[start : start + 1] == b"=" and (at == 0 or header[at - 1] in _SEPARATORS):
            end = header.find(b";", start)
            values.append(header[start + 1 : end if end >= 0 else None].strip(_AROUND))
        at = header.find(name, start)
    return values


def set_cookie(name: bytes, content: str, *, secure: bool, max_age_s: float | None) -> tuple[bytes, bytes]:
    """A Set-Cookie field for a cookie that scripts cannot read; without an age it ends with the browser.

    SameSite is Lax, not Strict: a person who follows a link from elsewhere must arrive with the clearance.
    """
    age = b"" if max_age_s is None else b"; Max-Age=%d" % max(0, int(max_age_s))
    flags = b"; Path=/; HttpOnly; SameSite=Lax" + (b"; Secure" if secure else b"")
    return b"Set-Cookie", name + b"=" + content.encode("ascii") + age + flags
