"""Who sends: worked out once for a block of fields, as a page's images come with the very same ones."""

from zlib import crc32

from challenges.clearance import Held
from config.settings import Site
from detectors.request import Request
from detectors.value import value
from proxy.client_address import Trust
from proxy.http1.request_head import RequestHead
from proxy.state.keys import ip_key

_SCHEMES = {b"http": "http", b"https": "https"}


@value
class Sender:
    """What the fields of a request say about who sent it to `site` through a certain peer.

    `ip_key` and `session_key` name its two clients. `returned` is true where the session's cookie came back.
    """

    site: Site
    trust: Trust
    address: str
    scheme: str
    ip_key: str
    session_key: str
    returned: bool
    held: Held | None

    def fits(self, site: Site, trust: Trust, now: float) -> bool:
        """True while nothing has changed that this was worked out from."""
        held = self.held
        unchanged = self.site is site and self.trust is trust
        return unchanged and (held is None or now < held.clearance.expires)


def client_scheme(head: RequestHead, *, trusted: bool, scheme: str) -> str:
    """How the client spoke to the outermost proxy: only a trusted one may say so."""
    if not trusted:
        return scheme
    said = head.fields.get(b"x-forwarded-proto", b"").rpartition(b",")[2].strip().lower()
    return _SCHEMES.get(said, scheme)


def unnamed_session(request: Request, site: str) -> str:
    """The key of a session whose cookie did not come back: the address and the user agent.

    Access logs are cut into sessions in the same way.
    """
    agent = crc32(request.fields.get(b"user-agent", b""))
    return f"{site}/v={ip_key(request.address)}~{agent:08x}"
