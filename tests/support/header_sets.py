"""Header sets of real browsers as they travel over HTTP/1.1, and small changes to them."""

from dataclasses import replace

from detectors.fingerprint.reading import Reading, reading_of
from detectors.request import Request
from tests.support.requests import CHROME, a_request

Headers = tuple[tuple[bytes, bytes], ...]
HTML = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME_WINDOWS_UA = dict(CHROME)[b"User-Agent"]
CHROME_HTML = dict(CHROME)[b"Accept"]
PIXEL_UA = (
    b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/130.0.0.0 Mobile Safari/537.36"
)
CHROME_LINUX_UA = CHROME_WINDOWS_UA.replace(b"Windows NT 10.0; Win64; x64", b"X11; Linux x86_64")
CHROMEBOOK_UA = CHROME_WINDOWS_UA.replace(b"Windows NT 10.0; Win64; x64", b"X11; CrOS x86_64 14541.0.0")
EPIPHANY_UA = (
    b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
)
INTERNET_EXPLORER_UA = b"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"
SAMSUNG_UA = (
    b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36"
)
WEBVIEW_UA = (
    b"Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
    b"(KHTML, like Gecko) Version/4.0 Chrome/129.0.6668.100 Mobile Safari/537.36 "
    b"[FB_IAB/FB4A;FBAV/486.0.0.66.70;]"
)
EDGE_UA = CHROME_WINDOWS_UA + b" Edg/130.0.0.0"
FIREFOX_UA = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
TOR_UA = b"Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
MAC_SAFARI_UA = (
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    b"Version/17.5 Safari/605.1.15"
)
IPHONE_UA = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    b"Version/17.5 Mobile/15E148 Safari/604.1"
)
OLD_IPHONE_UA = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X) AppleWebKit/603.3.8 (KHTML, like Gecko) "
    b"Version/10.0 Mobile/14G60 Safari/602.1"
)
INSTAGRAM_UA = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    b"Mobile/21F90 Instagram 341.0.3.25.83 (iPhone14,5; iOS 17_5_1; de_DE; de; scale=3.00; 1170x2532; 6281)"
)


def chromium_on_http(user_agent: bytes = CHROME_WINDOWS_UA, accept: bytes = CHROME_HTML) -> Headers:
    """A page load as captured from Chromium 156 on plain http: no hints, no Sec-Fetch, no br."""
    return (
        (b"Host", b"shop.example.com"),
        (b"Connection", b"keep-alive"),
        (b"Upgrade-Insecure-Requests", b"1"),
        (b"User-Agent", user_agent),
        (b"Accept", accept),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"Accept-Language", b"en-US,en;q=0.9"),
    )


def chromium_on_https(user_agent: bytes, brands: bytes, platform: bytes, mobile: bytes = b"?0") -> Headers:
    """A page load on a secure origin."""
    return changed(
        CHROME,
        {
            b"User-Agent": user_agent,
            b"sec-ch-ua": brands,
            b"sec-ch-ua-platform": platform,
            b"sec-ch-ua-mobile": mobile,
        },
    )


def firefox(user_agent: bytes = FIREFOX_UA, *, secure: bool = True) -> Headers:
    """A page load by Firefox, or by Tor Browser with its user agent."""
    return (
        (b"Host", b"shop.example.com"),
        (b"User-Agent", user_agent),
        (b"Accept", HTML),
        (b"Accept-Language", b"en-US,en;q=0.5"),
        (b"Accept-Encoding", b"gzip, deflate, br, zstd" if secure else b"gzip, deflate"),
        (b"Connection", b"keep-alive"),
        (b"Upgrade-Insecure-Requests", b"1"),
    ) + (SEC_FETCH if secure else ())


def safari(user_agent: bytes, *, secure: bool = True, fetch_metadata: bool = True) -> Headers:
    """A page load by Safari; before 16.4 without Sec-Fetch headers."""
    return (
        (b"Host", b"shop.example.com"),
        *(SEC_FETCH if secure and fetch_metadata else ()),
        (b"Upgrade-Insecure-Requests", b"1"),
        (b"Accept", HTML),
        (b"User-Agent", user_agent),
        (b"Accept-Language", b"de-DE,de;q=0.9"),
        (b"Accept-Encoding", b"gzip, deflate, br" if secure else b"gzip, deflate"),
        (b"Connection", b"keep-alive"),
    )


SEC_FETCH = ((b"Sec-Fetch-Dest", b"document"), (b"Sec-Fetch-Mode", b"navigate"), (b"Sec-Fetch-Site", b"none"))

# As written by requests 2.34 with a Chrome's user agent put on.
FORGED_REQUESTS: Headers = (
    (b"Host", b"shop.example.com"),
    (b"User-Agent", CHROME_WINDOWS_UA),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Accept", b"*/*"),
    (b"Connection", b"keep-alive"),
)


def changed(headers: Headers, changes: dict[bytes, bytes | None]) -> Headers:
    """`headers` with new values in their old places, None taken out, unknown names appended."""
    known = {name for name, _ in headers}
    kept = tuple(
        (name, changes.get(name, content) or b"")
        for name, content in headers
        if changes.get(name, content) is not None
    )
    return kept + tuple((name, content) for name, content in changes.items() if name not in known and content)


def as_go_writes(headers: Headers) -> Headers:
    """The same headers behind a reverse proxy written in Go: title case, Host first, then by name."""
    titled = [(name.title(), content) for name, content in (*headers, (b"X-Forwarded-For", b"203.0.113.7"))]
    return tuple(sorted(titled, key=lambda header: (header[0] != b"Host", header[0])))


def sent(
    headers: Headers,
    *,
    scheme: str = "https",
    host: str = "shop.example.com",
    path: str = "/",
    http_version: str = "1.1",
) -> Request:
    """A request with these headers."""
    return replace(a_request(path, headers=headers), scheme=scheme, host=host, http_version=http_version)


def reading(headers: Headers, **facts: str) -> Reading:
    """What the fingerprint detectors see of such a request."""
    return reading_of(sent(headers, **facts))
