"""What a person had sent when we asked: locked into the page, and sent on when the challenge is passed.

It may hold a password, so it is encrypted as well as sealed, and nothing of it is stored on our side. A form
that another site sent goes on with the cookies and the origin that it came with: our page sends it from here,
and must not lend it those that the browser had held back.
"""

from urllib.parse import urlsplit

from challenges.binding import Binding, binding_of
from challenges.keyring import Keyring, Purpose
from challenges.target import FRONT_PAGE, safe_target
from detectors.request import Request
from detectors.value import value

MAX_BODY_BYTES = 64 * 1024 - 256  # a sealed field has a length of two bytes
KEPT = Purpose("kept", "bbffssbb", max_chars=96 * 1024)
MAX_FACTS_BYTES = 6 * 1024  # of the content type and the sender's lines: with body and target they still fit
SENDER_FIELDS = (b"cookie", b"origin", b"referer", b"sec-fetch-site")
OWN_SITES = (b"same-origin", b"none")  # W3C Fetch Metadata, section 2.4
FIELD = b"stile_kept="
# How the page sends it: a kind of form that storefronts do not use. W3m knows only the other.
SENT_AS = (b"text/plain", b"application/x-www-form-urlencoded")
MAX_SENT_BYTES = len(FIELD) + KEPT.max_chars + 2
FORM_TYPES = (b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain")


@value
class Kept:
    """A form: its content type, and its body as it was sent. `target` is the path and query it is for.

    `sender` are the field lines to put in place of `SENDER_FIELDS`, None where the form came from this site.
    """

    content_type: str
    body: bytes
    target: str
    sender: bytes | None = None


def may_be_kept(request: Request, length: int | None) -> bool:
    """True for what a form sends (HTML, section 4.10.21.3); `length` is in bytes, None where unknown."""
    if request.method != "POST" or (length is not None and length > MAX_BODY_BYTES):
        return False
    return request.fields.get(b"content-type", b"").lower().startswith(FORM_TYPES)


def seal_kept(request: Request, site: str, body: bytes, keyring: Keyring, now: float, expires: float) -> str:
    """The body as text that only we can read; empty where it is too large, or its address not a safe one."""
    binding, target = binding_of(request, site), safe_target(request.target)
    misled = target == FRONT_PAGE and request.target != FRONT_PAGE.encode()  # it would go elsewhere
    content_type, sender = request.text(b"content-type"), _sender_of(request) if is_foreign(request) else b""
    large = len(content_type.encode()) + len(sender) > MAX_FACTS_BYTES
    if misled or large or len(body) > MAX_BODY_BYTES:
        return ""
    fields = (binding.site, binding.agent, now, expires, content_type, target, sender, body)
    return keyring.lock(KEPT, fields)


def is_foreign(request: Request) -> bool:
    """True where a page of another site sends this, as far as the browser says it.

    Browsers too old for both fields know no SameSite either: they hold nothing back.
    """
    site, origin = request.fields.get(b"sec-fetch-site"), request.fields.get(b"origin")
    if site is not None and site.lower() not in OWN_SITES:
        return True
    try:
        return origin is not None and urlsplit(origin.decode("latin-1")).hostname != request.host
    except ValueError:
        return True


def _sender_of(request: Request) -> bytes:
    """The lines that say where a form came from; never empty for a foreign one, which one of them told."""
    return b"".join(b"%b: %b\r\n" % field for field in request.headers if field[0].lower() in SENDER_FIELDS)


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
            bytes(sender),
            bytes(body),
        ):
            holder = Binding(site_, agent, b"", b"")
            if now < expires and holder.fits(binding_of(request, site)):
                return Kept(content_type, body, target, sender or None)
    return None
