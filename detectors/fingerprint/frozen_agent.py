"""Browsers froze parts of their user agents; whoever fills these in goes by an old pattern."""

import re
from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine, Platform
from detectors.fingerprint.reading import Reading

# chromium.org/updates/ua-reduction: builds since 101, desktop systems since 107, phones since 110.
CHROMIUM_SINCE = 110
CHROMIUM_UA = re.compile(
    r"Mozilla/5\.0 \(([^()]*)\) AppleWebKit/537\.36 \(KHTML, like Gecko\) "
    r"Chrome/\d+\.(\d+\.\d+\.\d+) Safari/537\.36(?: Edg/[\d.]+)?"
)
CHROMIUM_SYSTEMS = frozenset({
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "X11; CrOS x86_64 14541.0.0",
    "Fuchsia",
})  # fmt: skip
FIREFOX_SINCE = 116  # from here on macOS 10.15 is the oldest that it runs on, and newer ones go by 10.15
SAFARI_VERSION = re.compile(r" OS (\d{1,3})_\S* like Mac OS X.* Version/(\d{1,3})\.")
SAFARI_FROZE = 26  # from there on the system stays at 18


@dataclass(frozen=True, slots=True)
class FrozenAgent:
    """Notices user agents in which a frozen part has moved.

    Sees:   the user agent.
    Means:  Chrome or Edge from 110 on with a build or a desktop system of its own, Firefox from 116 on with
            another macOS than 10.15, Safari up to 18 of another version than its iOS.
    Spares: Android, web views, and agents with further names, as apps and other brands add them. Staged: 15
            of 25,000 drawn visitors have it, and 19 of 9,385 recorded user agents.
    Costs:  one search, once per fingerprint.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser, agent = reading.browser, reading.user_agent
        reason = ""
        if browser.engine is Engine.CHROMIUM and browser.version[0] >= CHROMIUM_SINCE:
            reason = _chromium(agent)
        elif browser.engine is Engine.GECKO and browser.version[0] >= FIREFOX_SINCE:
            moved = browser.platform is Platform.MACOS and "Intel Mac OS X 10.15;" not in agent
            reason = "Firefox names no macOS but 10.15" if moved else ""
        elif browser.name == "Safari" and browser.platform is Platform.IOS:
            reason = _safari(agent)
        return Evidence("frozen_agent", self.log_odds, reason) if reason else None


def _chromium(agent: str) -> str:
    found = CHROMIUM_UA.fullmatch(agent)
    if found is None or "Android" in found[1]:
        return ""
    if found[2] != "0.0.0":
        return "this Chrome names no build"
    return "" if found[1] in CHROMIUM_SYSTEMS else "this Chrome names no such system"


def _safari(agent: str) -> str:
    found = SAFARI_VERSION.search(agent)
    if found is None or int(found[2]) >= SAFARI_FROZE or found[1] == found[2]:
        return ""
    return "Safari and iOS have different versions"
