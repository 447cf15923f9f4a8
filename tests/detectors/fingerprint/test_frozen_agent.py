"""Parts of user agents that do not move any more."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.frozen_agent import FrozenAgent
from tests.support import header_sets as sets

FIREFOX_MAC_UA = b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0"


def agent(user_agent, *changes):
    for old, new in changes:
        user_agent = user_agent.replace(old, new)
    return sets.reading(((b"Host", b"shop"), (b"User-Agent", user_agent)))


BUILD = (b"130.0.0.0", b"130.0.6723.70")
MUST = {
    "a build": (agent(sets.CHROME_WINDOWS_UA, BUILD), "this Chrome names no build"),
    "a build of edge": (agent(sets.EDGE_UA, BUILD), "this Chrome names no build"),
    "a windows that chrome left": (
        agent(sets.CHROME_WINDOWS_UA, (b"Windows NT 10.0", b"Windows NT 6.1")),
        "this Chrome names no such system",
    ),
    "a macos by its number": (
        agent(sets.CHROME_WINDOWS_UA, (b"Windows NT 10.0; Win64; x64", b"Macintosh; Intel Mac OS X 14_6")),
        "this Chrome names no such system",
    ),
    "windows 11": (
        agent(sets.CHROME_WINDOWS_UA, (b"Windows NT 10.0", b"Windows NT 11.0")),
        "this Chrome names no such system",
    ),
    "firefox on a newer mac": (
        agent(FIREFOX_MAC_UA, (b"10.15;", b"14.6;")),
        "Firefox names no macOS but 10.15",
    ),
    "safari ahead of its iphone": (
        agent(sets.IPHONE_UA, (b"OS 17_5", b"OS 13_2")),
        "Safari and iOS have different versions",
    ),
}
MUST_NOT = {
    "chrome": agent(sets.CHROME_WINDOWS_UA),
    "chrome on linux": agent(sets.CHROME_LINUX_UA),
    "a chromebook": agent(sets.CHROMEBOOK_UA),
    "edge, which keeps its own build": agent(sets.EDGE_UA, (b"Edg/130.0.0.0", b"Edg/130.0.2849.68")),
    "before it froze": agent(sets.CHROME_WINDOWS_UA, (b"130.0.0.0", b"100.0.4896.75")),
    "newer than all": agent(sets.CHROME_WINDOWS_UA, (b"130.0.0.0", b"201.0.0.0")),
    "windows 7, chrome 109": agent(
        sets.CHROME_WINDOWS_UA, (b"130.0.0.0", b"109.0.0.0"), (b"NT 10.0", b"NT 6.1")
    ),
    "a phone": agent(sets.PIXEL_UA),
    "a phone with its model": agent(sets.PIXEL_UA, (b"Android 10; K", b"Android 15; Pixel 9"), BUILD),
    "a web view": agent(sets.WEBVIEW_UA),
    "samsung": agent(sets.SAMSUNG_UA),
    "an application with a browser in it": agent(
        sets.CHROME_WINDOWS_UA, BUILD, (b"Chrome/", b"shop-app/1.0 Chrome/")
    ),
    "a brand that says so": agent(sets.CHROME_WINDOWS_UA + b" OPR/115.0.0.0", BUILD),
    "firefox": agent(sets.FIREFOX_UA),
    "firefox on a mac": agent(FIREFOX_MAC_UA),
    "firefox on an old mac": agent(FIREFOX_MAC_UA, (b"10.15;", b"10.13;"), (b"131.0", b"115.0")),
    "tor": agent(sets.TOR_UA),
    "an iphone": agent(sets.IPHONE_UA),
    "an old iphone": agent(sets.OLD_IPHONE_UA),
    "an iphone with safari 26": agent(
        sets.IPHONE_UA, (b"OS 17_5", b"OS 18_7"), (b"Version/17.5", b"Version/26.0")
    ),
    "instagram": agent(sets.INSTAGRAM_UA),
    "a mac": agent(sets.MAC_SAFARI_UA),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_frozen_parts_that_moved(reading, reason):
    assert FrozenAgent(1.0).inspect(reading) == Evidence("frozen_agent", 1.0, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_what_browsers_say(reading):
    assert FrozenAgent(1.0).inspect(reading) is None
