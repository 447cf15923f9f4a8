"""A mark is a short-lived cookie that says: this browser fetched what a page of ours shows."""

from enum import StrEnum

from challenges.binding import Binding, binding_of
from challenges.cookies import cookie_reader, set_cookie
from challenges.keyring import Keyring, Purpose
from detectors.request import Request

MARK = Purpose("mark", "sfbb", max_chars=160)
FOLDER = "/.stile/"


class Mark(StrEnum):
    """What was fetched: the redirect itself, the stylesheet, the image."""

    VISIT = "stile_visit"
    STYLE = "stile_style"
    IMAGE = "stile_image"


_COOKIES = {mark: cookie_reader(mark.encode("ascii")) for mark in Mark}


def mark_cookie(
    mark: Mark, request: Request, site: str, keyring: Keyring, now: float, expires: float
) -> tuple[bytes, bytes]:
    """The Set-Cookie field of a mark, which comes back to Stile's own paths alone."""
    binding = binding_of(request, site)
    sealed = keyring.seal(MARK, (str(mark), expires, binding.site, binding.agent))
    name, secure = mark.encode("ascii"), request.scheme == "https"
    return set_cookie(name, sealed, secure=secure, max_age_s=expires - now, path=FOLDER)


def holds(mark: Mark, request: Request, site: str, keyring: Keyring, now: float) -> bool:
    """True where the request brings this mark, made for its browser and site and not too old."""
    sender = binding_of(request, site)
    for text in _COOKIES[mark](request):
        match keyring.open(MARK, text):
            case (str(name), float(expires), bytes(of_site), bytes(agent)):
                if name == mark and now < expires and Binding(of_site, agent, b"", b"").fits(sender):
                    return True
    return False
