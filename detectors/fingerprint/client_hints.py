"""Two introductions of one browser must agree."""

import re
from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine, Platform
from detectors.fingerprint.reading import Reading

CHROMIUM_BRAND = re.compile(rb'"Chromium";v="(\d{1,4})')
# Android in desktop mode calls itself Linux, and ChromeOS is one: these three are not told apart.
UNIX = frozenset({Platform.LINUX, Platform.ANDROID, Platform.CHROMEOS})
DESKTOPS = frozenset({Platform.WINDOWS, Platform.MACOS, Platform.CHROMEOS})
DESKTOP_HINTS = frozenset({b'"Windows"', b'"macOS"', b'"Chrome OS"'})  # not Linux, which also runs phones
PLATFORMS = {
    b'"Windows"': frozenset({Platform.WINDOWS}),
    b'"macOS"': frozenset({Platform.MACOS}),
    b'"Linux"': UNIX,
    b'"Android"': UNIX,
    b'"Chrome OS"': UNIX,
    b'"Chromium OS"': UNIX,
}


@dataclass(frozen=True, slots=True)
class ClientHints:
    """Compares the sec-ch-ua headers with the user agent.

    Sees:   sec-ch-ua, sec-ch-ua-mobile, sec-ch-ua-platform, the claimed browser.
    Means:  one of the two was forged: versions or systems differ, or Firefox or Safari sends hints at all.
    Spares: clients without hints, unknown systems, tablets.
    Costs:  one search and two look-ups, once per fingerprint.
    """

    default: ClassVar[float] = 2.5  # alone 38 of 100: extensions that switch the user agent do this to people
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        if not reading.browser.claimed or not reading.has(b"sec-ch-ua"):
            return None
        reason = _contradiction(reading)
        return Evidence("client_hints", self.log_odds, reason) if reason else None


def _contradiction(reading: Reading) -> str:
    browser = reading.browser
    if browser.engine is not Engine.CHROMIUM:
        return f"{browser.name} sends no client hints"
    if names_another_version(reading):
        return "the client hints name another version than the user agent"
    if names_another_system(reading):
        return "the client hints name another system than the user agent"
    if reading.value(b"sec-ch-ua-mobile") == b"?1" and _is_desktop(reading):
        return "the client hints call a desktop system mobile"
    return ""


def _is_desktop(reading: Reading) -> bool:
    return reading.browser.platform in DESKTOPS or reading.value(b"sec-ch-ua-platform") in DESKTOP_HINTS


def names_another_version(reading: Reading) -> bool:
    """True where sec-ch-ua names another major version of Chromium than the user agent."""
    brand = CHROMIUM_BRAND.search(reading.value(b"sec-ch-ua"))
    return brand is not None and int(brand[1]) != reading.browser.version[0]


def is_switched(reading: Reading) -> bool:
    """True where client hints show that the user agent is not the browser's own, or not of its version."""
    if not reading.has(b"sec-ch-ua"):
        return False
    return reading.browser.engine is not Engine.CHROMIUM or names_another_version(reading)


def names_another_system(reading: Reading) -> bool:
    """True where sec-ch-ua-platform names another system than the user agent."""
    platforms = PLATFORMS.get(reading.value(b"sec-ch-ua-platform"))
    system = reading.browser.platform
    return platforms is not None and system is not Platform.UNKNOWN and system not in platforms
