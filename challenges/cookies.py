"""A Cookie header is bytes that anybody may have written: read little of it, and never complain."""

from detectors.request import Request

MAX_HEADER_BYTES = 16 * 1024
MAX_COOKIES = 64  # RFC 6265 section 6.1 asks browsers for at least 50 per domain

Headers = tuple[tuple[bytes, bytes], ...]


def cookie_values(request: Request, name: bytes) -> list[bytes]:
    """Every value sent under `name`, in order: cookies of several paths and domains can share a name.

    Only the first Cookie field counts, since RFC 6265 section 5.4 allows one.
    """
    header = request.fields.get(b"cookie", b"")
    if name not in header:
        return []
    values = []
    for pair in header[:MAX_HEADER_BYTES].split(b";", MAX_COOKIES)[:MAX_COOKIES]:
        key, equals, content = pair.partition(b"=")
        if equals and key.strip() == name:
            values.append(content.strip().strip(b'"'))
    return values


def set_cookie(name: bytes, content: str, *, secure: bool, max_age_s: float | None) -> tuple[bytes, bytes]:
    """A Set-Cookie field for a cookie that scripts cannot read; without an age it ends with the browser.

    SameSite is Lax, not Strict: a person who follows a link from elsewhere must arrive with the clearance.
    """
    age = b"" if max_age_s is None else b"; Max-Age=%d" % max(0, int(max_age_s))
    flags = b"; Path=/; HttpOnly; SameSite=Lax" + (b"; Secure" if secure else b"")
    return b"Set-Cookie", name + b"=" + content.encode("ascii") + age + flags
