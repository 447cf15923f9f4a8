"""What a person had sent when we asked: locked into the page, and sent on when the challenge is passed.

It may hold a password, so it is encrypted as well as sealed, and nothing of it is stored on our side.
"""

from challenges.binding import Binding, binding_of
from challenges.keyring import Keyring, Purpose
from challenges.target import FRONT_PAGE, safe_target
from detectors.request import Request
from detectors.value import value

MAX_BODY_BYTES = 64 * 1024 - 256  # a sealed field has a length of two bytes
KEPT = Purpose("kept", "bbffssb", max_chars=96 * 1024)
FIELD = b"stile_kept="
SENT_AS = b"text/plain"  # how the page sends it: a kind of form that storefronts do not use
MAX_SENT_BYTES = len(FIELD) + KEPT.max_chars + 2
FORM_TYPES = (b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain")


@value
class Kept:
    """A form: its content type, and its body as it was sent. `target` is the path and query it is for."""

    content_type: str
    body: bytes
    target: str


def may_be_kept(request: Request, length: int | None) -> bool:
    """True for what a form sends (HTML, section 4.10.21.3); `length` is in bytes, None where unknown."""
    if request.method != "POST" or (length is not None and length > MAX_BODY_BYTES):
        return False
    return request.fields.get(b"content-type", b"").lower().startswith(FORM_TYPES)


def seal_kept(request: Request, site: str, body: bytes, keyring: Keyring, now: float, expires: float) -> str:
    """The body as text that only we can read; empty where it is too large, or its address not a safe one."""
    binding, target = binding_of(request, site), safe_target(request.target)
    misled = (
        target == FRONT_PAGE and request.target != FRONT_PAGE.encode()
    )  # it would be sent to another address
    if misled or len(body) > MAX_BODY_BYTES:
        return ""
    fields = (binding.site, binding.agent, now, expires, request.text(b"content-type"), target, body)
    return keyring.lock(KEPT, fields)


def open_kept(sent: bytes, request: Request, site: str, keyring: Keyring, now: float) -> Kept | None:
    """What `seal_kept` locked for this browser and site; None for anything else.

    `sent` is a body as the page sends it (HTML, section 4.10.21.8): one field, one line.
    """
    if not sent.startswith(FIELD):
        return None
    match keyring.unlock(KEPT, sent[len(FIELD) :].rstrip(b"\r\n")):
        case (
            bytes(site_),
            bytes(agent),
            float(),
            float(expires),
            str(content_type),
            str(target),
            bytes(body),
        ):
            sender = Binding(site_, agent, b"", b"")
            if now < expires and sender.fits(binding_of(request, site)):
                return Kept(content_type, body, target)
    return None
