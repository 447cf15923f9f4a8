"""Who sends: worked out once for a block of fields, as a page's images come with the very same ones."""

from hashlib import blake2s
from zlib import crc32

from challenges.clearance import Held
from challenges.login import Login
from config.settings import Site
from detectors.fingerprint.reading import is_page_path
from detectors.inspection import Inspector
from detectors.request import Request, Tls
from detectors.sighting import Sighting
from detectors.value import value
from proxy.client_address import Trust
from proxy.http1.request_head import RequestHead
from proxy.state.keys import VISITOR, ip_key, key_of

_PROTO = b"x-forwarded-proto"
_SCHEMES = {b"http": "http", b"https": "https"}


@value
class Known:
    """What a session keeps of who was acquainted with it: a sender would keep a whole configuration."""

    ip_key: str
    account: str


@value
class Sender:
    """What the fields of a request say about who sent it to `site` through a certain peer.

    `ip_key` and `session_key` name its two clients, `session_id` is how events and orders call the session.
    `returned` is true where the session's cookie came back.
    `account` is who is logged in, hashed; empty where that is not known. `login` is the storefront's word for
    it, which came back sealed. `agent_bit` is the user agent's in sketches.
    `first_key` names the client of those whose cookie did not come back, as it does not on the first page.
    `tls` is what a trusted front told of the client's TLS, None where none did. `passed` are the fields'
    lines that go on to the storefront.
    `forwarded` are the lines that tell a storefront about it, where the request is for `authority`.
    `sightings` holds what the fields tell; without Sec-Fetch-Dest, a page's path (True) makes a difference.
    """

    site: Site
    trust: Trust
    address: str
    scheme: str
    ip_key: str
    session_key: str
    first_key: str
    session_id: str
    returned: bool
    held: Held | None
    authority: bytes
    forwarded: bytes
    tls: Tls | None
    passed: bytes
    agent_bit: int
    account: str
    sightings: dict[bool, Sighting]
    known: Known
    login: Login | None = None

    def fits(self, site: Site, trust: Trust, now: float) -> bool:
        """True while nothing has changed that this was worked out from."""
        held, login = self.held, self.login
        if held is not None and now >= held.clearance.expires:
            return False
        unchanged = self.site is site and self.trust is trust
        return unchanged and (login is None or now < login.expires)

    def sighting(self, inspector: Inspector, request: Request, host: str) -> Sighting | None:
        """What the fields tell; None where this request says more than they do, or where looking failed.

        All that a sighting depends on (`sighting_key`) is the same for one sender, but for the path and for a
        host that stands in the target (RFC 9112 section 3.2.2) instead of in the fields, which say `host`.
        """
        if request.host != host:
            return None
        page = b"sec-fetch-dest" not in request.fields and is_page_path(request.path)
        known = self.sightings.get(page)
        if known is None:
            try:
                known = self.sightings[page] = inspector.sighting(request)
            except Exception:  # noqa: BLE001  the judgement looks again, and names the fault
                return None
        return known


def client_scheme(head: RequestHead, *, trusted: bool, scheme: str) -> str:
    """How the client spoke to the outermost proxy: only a trusted one may say so."""
    if not trusted:
        return scheme
    said = head.fields.get(_PROTO, b"")
    if _PROTO in head.block.repeated:
        said = next(content for name, content in reversed(head.block.headers) if name.lower() == _PROTO)
    said = said.rpartition(b",")[2].strip().lower()
    return _SCHEMES.get(said, scheme)


def session_id(session_key: str, secret: bytes) -> str:
    """How events and orders call a session: a keyed hash, as the key may hold an address."""
    text = session_key.encode("utf-8", "surrogateescape")
    return blake2s(text, key=secret[:32], digest_size=8).hexdigest()


def unnamed_session(request: Request, site: str) -> str:
    """The key of a session whose cookie did not come back: the address and the user agent.

    Access logs are cut into sessions in the same way.
    """
    agent = crc32(request.fields.get(b"user-agent", b""))
    return key_of(site, VISITOR, f"{ip_key(request.address)}~{agent:08x}")
