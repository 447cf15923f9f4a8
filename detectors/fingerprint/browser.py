"""A user agent string is a claim. This file reads the claim and believes nothing."""

import re
from enum import StrEnum
from functools import lru_cache

from detectors.value import value

MAX_UA_CHARS = 512  # the longest of 10,000 real browsers' strings has under 400


class Engine(StrEnum):
    """Who builds the request. `LEGACY` engines are no longer developed; `TEXT` browsers show no pictures.

    `OTHER` engines are alive, but their headers were never recorded: WebKit on Linux and on consoles.
    """

    NONE = "none"
    CHROMIUM = "chromium"
    GECKO = "gecko"
    WEBKIT = "webkit"
    LEGACY = "legacy"
    OTHER = "other"
    TEXT = "text"


class Platform(StrEnum):
    """The operating system that a user agent names."""

    UNKNOWN = "unknown"
    WINDOWS = "windows"
    MACOS = "macos"
    IOS = "ios"
    ANDROID = "android"
    CHROMEOS = "chromeos"
    LINUX = "linux"


@value
class Browser:
    """What a user agent claims. `version` is the engine's own (major, minor); (0, 0) where it names none."""

    engine: Engine = Engine.NONE
    name: str = ""
    version: tuple[int, int] = (0, 0)
    platform: Platform = Platform.UNKNOWN
    mobile: bool = False
    webview: bool = False

    @property
    def claimed(self) -> bool:
        """True for the browsers whose headers we know by heart."""
        return self.engine in CURRENT

    @property
    def graphical(self) -> bool:
        """True for every browser with pictures: it asks for HTML and names a language, however old it is."""
        return self.engine in GRAPHICAL


CURRENT = frozenset({Engine.CHROMIUM, Engine.GECKO, Engine.WEBKIT})
GRAPHICAL = CURRENT | {Engine.LEGACY, Engine.OTHER}
NO_BROWSER = Browser()

# The first mark that occurs names the browser: brands built on Chromium keep Chrome's mark beside their own.
CHROMIUM_BRANDS = {
    "Edg/": "Edge",
    "EdgA/": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "YaBrowser/": "Yandex Browser",
    "Vivaldi/": "Vivaldi",
    "Whale/": "Whale",
    "DuckDuckGo/": "DuckDuckGo",
    "UCBrowser/": "UC Browser",
    "MiuiBrowser/": "MIUI Browser",
    "HuaweiBrowser/": "Huawei Browser",
    "Silk/": "Silk",
}
LIVING_WEBKIT = (605, 0)  # frozen there since 2018; Android's and BlackBerry's own browsers stopped at 537
WEBKIT_BRANDS = {"CriOS/": "Chrome", "FxiOS/": "Firefox", "EdgiOS/": "Edge", "GSA/": "Google app"}
TEXT_BROWSERS = (
    "Lynx/",
    "w3m/",
    "ELinks",
    "Links (",
    "edbrowse/",
    "Dillo/",
    "Dillo ",
    "NetSurf/",
    "Emacs-W3/",
)
PLATFORMS = {
    "Windows": Platform.WINDOWS,
    "Android": Platform.ANDROID,
    "iPhone": Platform.IOS,
    "iPad": Platform.IOS,
    "iPod": Platform.IOS,
    "Macintosh": Platform.MACOS,
    "CrOS": Platform.CHROMEOS,
    "Linux": Platform.LINUX,
    "X11": Platform.LINUX,
}

CHROME = re.compile(r"Chrom(?:e|ium)/(\d{1,4})(?:\.(\d{1,4}))?")
FIREFOX = re.compile(r"Firefox/(\d{1,4})(?:\.(\d{1,4}))?")
SAFARI = re.compile(r"Version/(\d{1,4})(?:\.(\d{1,4}))?")
WEBKIT = re.compile(r"AppleWebKit/(\d{1,4})(?:\.(\d{1,4}))?")
IOS = re.compile(r" OS (\d{1,4})_(\d{1,4})")


def browser_of(user_agent: str) -> Browser:
    """The browser that `user_agent` claims to be, from its first 512 characters."""
    return _browser_of(user_agent[:MAX_UA_CHARS])


@lru_cache(maxsize=256)  # several detectors ask about one answer, and most answers come from few browsers
def _browser_of(ua: str) -> Browser:
    for mark in TEXT_BROWSERS:
        if mark in ua:
            return Browser(Engine.TEXT, mark.rstrip("/ ("))
    if not ua.startswith("Mozilla/"):
        return Browser(Engine.LEGACY, "Opera") if ua.startswith("Opera/") else NO_BROWSER
    if "Trident/" in ua or "MSIE " in ua or " Edge/" in ua:
        return Browser(Engine.LEGACY, "Internet Explorer" if " Edge/" not in ua else "Edge")
    if "AppleWebKit/" not in ua:
        return _gecko(ua)
    return _chromium(ua) if CHROME.search(ua) else _webkit(ua)


def _gecko(ua: str) -> Browser:
    if "Firefox/" not in ua or " Gecko/" not in ua:
        return NO_BROWSER
    return Browser(Engine.GECKO, "Firefox", _version(FIREFOX, ua), _platform(ua), "Mobile" in ua)


def _chromium(ua: str) -> Browser:
    webview = "; wv)" in ua or " Version/4.0 " in ua
    name = _brand(CHROMIUM_BRANDS, ua) or ("Android WebView" if webview else "Chrome")
    return Browser(Engine.CHROMIUM, name, _version(CHROME, ua), _platform(ua), "Mobile" in ua, webview)


def _webkit(ua: str) -> Browser:
    platform = _platform(ua)
    if platform not in {Platform.IOS, Platform.MACOS}:
        alive = _version(WEBKIT, ua) >= LIVING_WEBKIT
        return Browser(Engine.OTHER if alive else Engine.LEGACY, "WebKit", platform=platform)
    webview = "Safari/" not in ua
    name = _brand(WEBKIT_BRANDS, ua) or ("iOS WebView" if webview else "Safari")
    version = _version(SAFARI, ua)
    if version == (0, 0):
        version = _version(IOS, ua)
    return Browser(Engine.WEBKIT, name, version, platform, "Mobile" in ua, webview)


def _brand(brands: dict[str, str], ua: str) -> str:
    return next((name for mark, name in brands.items() if mark in ua), "")


def _platform(ua: str) -> Platform:
    return next((platform for mark, platform in PLATFORMS.items() if mark in ua), Platform.UNKNOWN)


def _version(pattern: re.Pattern[str], ua: str) -> tuple[int, int]:
    found = pattern.search(ua)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)
