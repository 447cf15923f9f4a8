"""Some user agents name a browser that was never built."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Browser, Engine, Platform
from detectors.fingerprint.reading import Reading

# Chromium counts its builds up: these majors were cut at these builds (Chromium's own release calendar).
BUILDS = ((40, 2214), (60, 3112), (80, 3987), (100, 4896), (120, 6099), (140, 7339))
SLACK = 200  # builds between two majors, twice over: what a straight line between two of these may miss
CHROME_BUILD = re.compile(r"Chrome/(\d{1,4})\.0\.(\d{1,6})\.\d")
GECKO_REVISION = re.compile(r"rv:(\d{1,4})\.")
ALLOWED_ON_IOS = (122, 0)  # since iOS 17.4 Apple must admit other engines in some countries
LAST = 500  # at two versions a month Chromium is there in 2039, Firefox later
FROZEN_REVISION = 109  # Firefox 110 to 119 kept it, for sites that took rv:11 for Internet Explorer 11


@dataclass(frozen=True, slots=True)
class ImpossibleBrowser:
    """Notices user agents whose parts cannot belong together.

    Sees:   the user agent.
    Means:  a generated user agent: an old Chromium on an iPhone, a build that its version never had, a
            Firefox of two versions, version 999.
    Spares: frozen build numbers (`.0.0.0`), versions newer than the list, Chromium on iOS where it may be.
    Costs:  one search, once per fingerprint.
    """

    default: ClassVar[float] = 4.0  # 73 of 100 alone: nobody's browser says this
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser = reading.browser
        if browser.claimed and browser.version[0] > LAST:
            return Evidence("impossible_browser", self.log_odds, "no browser has come to this version")
        if browser.platform is Platform.IOS and _is_old_chromium(browser):
            return Evidence("impossible_browser", self.log_odds, "Chromium did not run on iOS")
        if browser.engine is Engine.CHROMIUM and not _build_fits(reading.user_agent):
            return Evidence("impossible_browser", self.log_odds, "this Chrome never had this build")
        if browser.engine is Engine.GECKO and not _revision_fits(reading.user_agent, browser.version[0]):
            return Evidence("impossible_browser", self.log_odds, "Firefox names two versions")
        return None


def _is_old_chromium(browser: Browser) -> bool:
    return browser.engine is Engine.CHROMIUM and browser.version < ALLOWED_ON_IOS


def _build_fits(user_agent: str) -> bool:
    found = CHROME_BUILD.search(user_agent)
    if not found or int(found[2]) == 0:
        return True
    major, build = int(found[1]), int(found[2])
    for (low, first), (high, last) in pairwise(BUILDS):
        if low <= major <= high:
            return abs(build - first - (last - first) * (major - low) / (high - low)) <= SLACK
    return True


def _revision_fits(user_agent: str, major: int) -> bool:
    found = GECKO_REVISION.search(user_agent)
    if not found or int(found[1]) == major:
        return True
    return int(found[1]) == FROZEN_REVISION and 110 <= major <= 119
