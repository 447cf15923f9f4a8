"""What a user agent claims."""

import pytest

from detectors.fingerprint.browser import NO_BROWSER, Browser, Engine, Platform, browser_of
from tests.support import header_sets as sets

CLAIMS = {
    sets.CHROME_WINDOWS_UA: Browser(Engine.CHROMIUM, "Chrome", (130, 0), Platform.WINDOWS),
    sets.EDGE_UA: Browser(Engine.CHROMIUM, "Edge", (130, 0), Platform.WINDOWS),
    sets.PIXEL_UA: Browser(Engine.CHROMIUM, "Chrome", (130, 0), Platform.ANDROID, mobile=True),
    sets.SAMSUNG_UA: Browser(Engine.CHROMIUM, "Samsung Internet", (122, 0), Platform.ANDROID, mobile=True),
    sets.WEBVIEW_UA: Browser(
        Engine.CHROMIUM, "Android WebView", (129, 0), Platform.ANDROID, mobile=True, webview=True
    ),
    sets.FIREFOX_UA: Browser(Engine.GECKO, "Firefox", (131, 0), Platform.WINDOWS),
    sets.MAC_SAFARI_UA: Browser(Engine.WEBKIT, "Safari", (17, 5), Platform.MACOS),
    sets.IPHONE_UA: Browser(Engine.WEBKIT, "Safari", (17, 5), Platform.IOS, mobile=True),
    sets.INSTAGRAM_UA: Browser(
        Engine.WEBKIT, "iOS WebView", (17, 5), Platform.IOS, mobile=True, webview=True
    ),
    b"Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko": Browser(
        Engine.LEGACY, "Internet Explorer"
    ),
    b"Opera/9.80 (X11; Linux) Presto/2.12.388 Version/12.16": Browser(Engine.LEGACY, "Opera"),
    sets.EPIPHANY_UA: Browser(Engine.OTHER, "WebKit", platform=Platform.LINUX),
    b"Mozilla/5.0 (Linux; U; Android 4.0.3; de-de) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 "
    b"Mobile Safari/534.30": Browser(Engine.LEGACY, "WebKit", platform=Platform.ANDROID),
    b"Mozilla/4.0 (compatible; Dillo 3.0)": Browser(Engine.TEXT, "Dillo"),
    b"Lynx/2.8.9rel.1 libwww-FM/2.14": Browser(Engine.TEXT, "Lynx"),
    b"Links (2.28; Linux 6.1 x86_64)": Browser(Engine.TEXT, "Links"),
    b"Mozilla/5.0": NO_BROWSER,
    b"okhttp/4.12.0": NO_BROWSER,
    b"": NO_BROWSER,
}


@pytest.mark.parametrize(("user_agent", "claimed"), CLAIMS.items(), ids=lambda part: str(part)[:60])
def test_reads_the_claim(user_agent, claimed):
    browser = browser_of(user_agent.decode())

    assert browser == claimed
