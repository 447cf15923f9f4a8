"""What the fingerprint detectors may look at: one header set, read once for all of them."""

from collections.abc import Mapping

from detectors.fingerprint.brands import brands_of
from detectors.fingerprint.browser import MAX_UA_CHARS, NO_BROWSER, Browser, Engine, browser_of
from detectors.identity.bot_catalogue import declared_bot
from detectors.identity.bot_claim import BotClaim
from detectors.request import Request
from detectors.value import value

# The only header values that detectors may read: they are in the memo's key. Of all others they see the name.
READ = (
    b"user-agent",
    b"accept",
    b"accept-encoding",
    b"sec-ch-ua",
    b"sec-ch-ua-mobile",
    b"sec-ch-ua-platform",
    b"sec-fetch-dest",
    b"sec-fetch-mode",
)
PAGE_DESTINATIONS = frozenset({b"document", b"iframe", b"frame"})
PAGE_EXTENSIONS = frozenset({"html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "jspx", "do", "cgi"})
NO_LANGUAGES = frozenset({b"", b"*"})
KEEP_ALIVE = b"keep-alive"  # RFC 9110 section 7.6.1 leaves the case free; browsers write it so
WEB_SCHEMES = frozenset({b"http", b"https"})
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
# Headers that a load balancer, a CDN or a corporate proxy adds. Such a front may change the case of names,
# their order, the protocol version and Accept-Encoding, which then say less about the client behind it.
FRONT_HEADERS = frozenset({
    b"via",
    b"forwarded",
    b"x-real-ip",
    b"x-request-id",
    b"cdn-loop",
    b"true-client-ip",
    b"x-amzn-trace-id",
})  # fmt: skip
FRONT_PREFIXES = (b"x-forwarded-", b"x-envoy-", b"cf-", b"x-azure-", b"fastly-")


@value
class Reading:
    """One header set, read once for all fingerprint detectors.

    `names` are in wire order and case, `places` maps each lower-case name to its first place. `brands` are
    the entries of sec-ch-ua with their versions. `browser` is NO_BROWSER where the client declares to be a
    bot, for then it does not claim to be a browser. `page` is True for a page load as far as can be told.
    `trustworthy` is True where browsers send Sec-Fetch-* and client hints (W3C Secure Contexts: https, or
    this machine). `fronted` is True behind a proxy that says so.
    `any_language` is True where Accept-Language is there and names none, `keeps_alive` where Connection says
    `keep-alive` as browsers write it: both in the memo's key as they stand here, not as their values.
    `typed_with_referrer` is True where Sec-Fetch-Site is `none`, so that no page led here, and Referer
    names a page of another site; in the memo's key as it stands here.
    `ja4` and `grease` are what is known of the client's TLS, as in `Tls`; in the memo's key as well.
    """

    names: tuple[bytes, ...]
    places: dict[bytes, int]
    values: dict[bytes, bytes]
    http_version: str
    user_agent: str
    brands: Mapping[bytes, bytes]
    browser: Browser
    claim: BotClaim
    page: bool
    trustworthy: bool
    fronted: bool
    any_language: bool
    keeps_alive: bool
    typed_with_referrer: bool
    ja4: str
    grease: bool | None

    def has(self, name: bytes) -> bool:
        """True where the header `name` (lower case) was sent, even if empty."""
        return name in self.places

    def value(self, name: bytes) -> bytes:
        """The value of `name`, one of READ; empty where it is absent."""
        return self.values[name]

    @property
    def secure_context(self) -> bool:
        """True where the browser itself believes that its connection is https or local.

        Browsers offer br and zstd only there (Chromium: URLRequestHttpJob; Firefox:
        network.http.accept-encoding.secure), so br gives it away also behind a front that ends TLS silently.
        """
        return self.trustworthy or (not self.fronted and b"br" in self.value(b"accept-encoding"))

    @property
    def poses_as_browser(self) -> bool:
        """True for whoever says Mozilla, as every browser has since Netscape's, and is no declared bot."""
        return self.browser.graphical or (self.user_agent.startswith("Mozilla/") and not self.claim.name)

    @property
    def fetch_metadata(self) -> bool:
        """True where any Sec-Fetch header was sent."""
        return self.has(b"sec-fetch-mode") or self.has(b"sec-fetch-dest") or self.has(b"sec-fetch-site")


def is_trustworthy(request: Request) -> bool:
    """True where a browser holds the origin of `request` to be potentially trustworthy."""
    return request.scheme == "https" or is_local(request.host)


def is_local(host: str) -> bool:
    """True where `host` names this very machine."""
    return host in LOCAL_HOSTS or host.endswith(".localhost")


def names_no_language(request: Request) -> bool:
    """True where Accept-Language was sent and names no language."""
    return request.fields.get(b"accept-language") in NO_LANGUAGES


def is_from_elsewhere(referrer: bytes, host: str) -> bool:
    """True where `referrer` is another site's page: the last two labels of its host's name differ."""
    scheme, _, rest = referrer[:MAX_UA_CHARS].partition(b"://")
    if scheme not in WEB_SCHEMES or not rest or rest.startswith(b"["):
        return False
    named = rest.partition(b"/")[0].partition(b":")[0].decode("latin-1").lower()
    return named.rsplit(".", 2)[-2:] != host.lower().rsplit(".", 2)[-2:]


def contradicts_referrer(request: Request) -> bool:
    """True where Sec-Fetch-Site denies that any page led here, and Referer names one of another site."""
    fields = request.fields
    return fields.get(b"sec-fetch-site") == b"none" and is_from_elsewhere(
        fields.get(b"referer", b""), request.host
    )


def is_page(request: Request) -> bool:
    """True where `request` loads a page: by Sec-Fetch-Dest where it is sent, else by the path's extension."""
    destination = request.fields.get(b"sec-fetch-dest")
    if destination is not None:
        return destination in PAGE_DESTINATIONS
    return is_page_path(request.path)


def is_page_path(path: str) -> bool:
    """True where the extension of `path` is a page's, or where it has none."""
    dot = path.rfind(".", -6)
    return dot < 0 or path[dot + 1 :].lower() in PAGE_EXTENSIONS or "/" in path[dot:]


def reading_of(request: Request) -> Reading:
    """Read the headers of `request` for the fingerprint detectors."""
    names = tuple(name for name, _ in request.headers)
    places: dict[bytes, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name.lower(), place)
    user_agent = request.fields.get(b"user-agent", b"")[:MAX_UA_CHARS].decode("latin-1")
    claim = declared_bot(user_agent)
    return Reading(
        names=names,
        places=places,
        values={name: request.fields.get(name, b"")[:MAX_UA_CHARS] for name in READ},
        http_version=request.http_version,
        user_agent=user_agent,
        brands=brands_of(request.fields.get(b"sec-ch-ua", b"")[:MAX_UA_CHARS]),
        browser=NO_BROWSER if claim.name else browser_of(user_agent),
        claim=claim,
        page=is_page(request),
        trustworthy=is_trustworthy(request),
        fronted=any(name in FRONT_HEADERS or name.startswith(FRONT_PREFIXES) for name in places),
        any_language=names_no_language(request),
        keeps_alive=request.fields.get(b"connection") == KEEP_ALIVE,
        typed_with_referrer=contradicts_referrer(request),
        ja4="" if request.tls is None else request.tls.ja4,
        grease=None if request.tls is None else request.tls.grease,
    )


def agent_name(reading: Reading) -> str:
    """A short name for the event's `user_agent.name`; never the client's own text beyond a known mark."""
    if reading.claim.name:
        return reading.claim.name
    return reading.browser.name if reading.browser.engine is not Engine.NONE else ""
