"""People stay below the line: every browser here is somebody's, on page loads and on what follows."""

from dataclasses import replace

import pytest

from detectors.evidence import risk_of
from detectors.inspection import Inspector
from tests.support import header_sets as sets
from tests.support.requests import CHROME

PRIOR = -3.0
ELEVATED = 40.0
BRANDS = b'"Chromium";v="%d", "%b";v="%d", "Not?A_Brand";v="99"'
XHR = {
    b"Upgrade-Insecure-Requests": None,
    b"Accept": b"application/json, text/plain, */*",
    b"X-Requested-With": b"XMLHttpRequest",
    b"Referer": b"http://shop.example.com/",
}

HTTPS = {
    "chrome": CHROME,
    "edge": sets.chromium_on_https(sets.EDGE_UA, BRANDS % (130, b"Microsoft Edge", 130), b'"Windows"'),
    "brave": sets.chromium_on_https(sets.CHROME_WINDOWS_UA, BRANDS % (130, b"Brave", 130), b'"Windows"'),
    "chrome on android": sets.chromium_on_https(
        sets.PIXEL_UA, BRANDS % (130, b"Google Chrome", 130), b'"Android"', b"?1"
    ),
    "samsung": sets.chromium_on_https(
        sets.SAMSUNG_UA, BRANDS % (122, b"Samsung Internet", 26), b'"Android"', b"?1"
    ),
    "facebook's web view": sets.changed(
        sets.chromium_on_https(sets.WEBVIEW_UA, BRANDS % (129, b"Android WebView", 129), b'"Android"', b"?1"),
        {b"X-Requested-With": b"com.facebook.katana"},
    ),
    "firefox": sets.firefox(),
    "tor": sets.firefox(sets.TOR_UA),
    "safari": sets.safari(sets.MAC_SAFARI_UA),
    "iphone": sets.safari(sets.IPHONE_UA),
    "old iphone": sets.safari(sets.OLD_IPHONE_UA, fetch_metadata=False),
    "gnome's browser": sets.safari(sets.EPIPHANY_UA),
    "instagram": sets.safari(sets.INSTAGRAM_UA),
    "behind a virus scanner": sets.changed(CHROME, {b"Accept-Encoding": b"gzip, deflate"}),
    "user agent switched by an extension": sets.changed(CHROME, {b"User-Agent": sets.FIREFOX_UA}),
    "user agent switched to an older chrome": sets.changed(
        CHROME, {b"User-Agent": sets.CHROME_WINDOWS_UA.replace(b"130.", b"110.")}
    ),
    "user agent switched to an old iphone": sets.changed(CHROME, {b"User-Agent": sets.OLD_IPHONE_UA}),
    "user agent switched to an older edge": sets.changed(
        CHROME, {b"User-Agent": sets.EDGE_UA.replace(b"130.", b"120.")}
    ),
    "without a language": sets.changed(CHROME, {b"Accept-Language": None}),
    "behind nginx's defaults": ((b"X-Forwarded-For", b"203.0.113.7"), (b"Host", b"shop"), *CHROME[1:]),
    "behind a balancer that lowers names": tuple(
        (name.lower(), content) for name, content in (*CHROME, (b"x-forwarded-proto", b"https"))
    ),
    "behind a silent balancer that lowers names": tuple((name.lower(), content) for name, content in CHROME),
    "behind go's reverse proxy": sets.as_go_writes(CHROME),
}
HTTP = {
    "chrome": sets.chromium_on_http(),
    "edge": sets.chromium_on_http(sets.EDGE_UA),
    "chrome on android": sets.chromium_on_http(sets.PIXEL_UA),
    "samsung": sets.chromium_on_http(sets.SAMSUNG_UA),
    "firefox": sets.firefox(secure=False),
    "tor": sets.firefox(sets.TOR_UA, secure=False),
    "iphone": sets.safari(sets.IPHONE_UA, secure=False),
    "old iphone": sets.safari(sets.OLD_IPHONE_UA, secure=False),
    "a script's call": sets.changed(sets.chromium_on_http(), XHR),
    "a script's fetch": sets.changed(
        sets.chromium_on_http(), {b"Upgrade-Insecure-Requests": None, b"Accept": b"*/*"}
    ),
    "lynx": (
        (b"Host", b"shop.example.com"),
        (b"Accept", b"text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"),
        (b"Accept-Encoding", b"gzip, compress, bzip2"),
        (b"Accept-Language", b"en"),
        (b"User-Agent", b"Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8"),
    ),
    "w3m": (
        (b"User-Agent", b"w3m/0.5.3+git20230121"),
        (b"Accept", b"text/html, text/*;q=0.5, image/*, application/*"),
        (b"Accept-Encoding", b"gzip, compress, bzip, bzip2, deflate"),
        (b"Accept-Language", b"en;q=1.0"),
        (b"Host", b"shop.example.com"),
    ),
    "a shop's own app": (
        (b"Host", b"shop.example.com"),
        (b"Connection", b"Keep-Alive"),
        (b"Accept-Encoding", b"gzip"),
        (b"User-Agent", b"okhttp/4.12.0"),
    ),
    "a user agent taken away": sets.changed(sets.chromium_on_http(), {b"User-Agent": None}),
}
IMAGE = {
    b"Accept": b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    b"Upgrade-Insecure-Requests": None,
}


@pytest.mark.parametrize("headers", HTTPS.values(), ids=HTTPS)
def test_a_person_on_https_is_not_suspect(headers):
    sighting = Inspector({}).sighting(sets.sent(headers, scheme="https"))

    assert risk_of(PRIOR + sighting.log_odds) < ELEVATED, sighting.evidence


@pytest.mark.parametrize("headers", HTTPS.values(), ids=HTTPS)
def test_nor_where_a_front_ends_tls_and_does_not_say_so(headers):
    sighting = Inspector({}).sighting(sets.sent(headers, scheme="http"))

    assert risk_of(PRIOR + sighting.log_odds) < ELEVATED, sighting.evidence


@pytest.mark.parametrize("headers", HTTP.values(), ids=HTTP)
def test_nor_on_plain_http(headers):
    sighting = Inspector({}).sighting(sets.sent(headers, scheme="http"))

    assert risk_of(PRIOR + sighting.log_odds) < ELEVATED, sighting.evidence


@pytest.mark.parametrize("headers", HTTP.values(), ids=HTTP)
def test_nor_for_the_pictures_of_a_page(headers):
    request = sets.sent(sets.changed(headers, IMAGE), scheme="http", path="/img/shoe.jpg")

    sighting = Inspector({}).sighting(request)

    assert risk_of(PRIOR + sighting.log_odds) < ELEVATED, sighting.evidence


@pytest.mark.parametrize("name", ["lynx", "w3m"])
def test_text_browsers_may_speak_http_1_0(name):
    request = replace(sets.sent(HTTP[name], scheme="http"), http_version="1.0")

    sighting = Inspector({}).sighting(request)

    assert risk_of(PRIOR + sighting.log_odds) < ELEVATED, sighting.evidence


def test_nginx_speaks_http_1_0_for_its_visitors():
    request = sets.sent((*CHROME, (b"X-Real-IP", b"203.0.113.7")), http_version="1.0")

    sighting = Inspector({}).sighting(request)

    assert sighting.evidence == ()
