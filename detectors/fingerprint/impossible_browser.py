"""Some user agents name a browser that was never built."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine, Platform
from detectors.fingerprint.reading import Reading

# Chromium counts its builds up: these majors were cut at these builds (Chromium's own release calendar).
BUILDS = ((40, 2214), (60, 3112), (80, 3987), (100, 4896), (120, 6099), (140, 7339))
SLACK = 200  # builds between two majors, twice over: what a straight line between two of these may miss
CHROME_BUILD = re.compile(r"Chrome/(\d{1,4})\.0\.(\d{1,6})\.\d")
GECKO_REVISION = re.compile(r"rv:(\d{1,4})\.")
FROZEN_REVISION = 109  # Firefox 110 to 119 kept it, for sites that took rv:11 for Internet Explorer 11


@dataclass(frozen=True, slots=True)
class ImpossibleBrowser:
    """Notices user agents whose parts cannot belong together.

    Sees:   the user agent.
    Means:  a generated user agent: Chromium on an iPhone, a build that its version never had, a Firefox
            of two versions.
    Spares: frozen build numbers (`.0.0.0`) and versions newer than the list.
    Costs:  one search, once per fingerprint.
    """

    default: ClassVar[float] = 4.0  # 73 of 100 alone: nobody's browser says this
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser = reading.browser
        if browser.engine is Engine.CHROMIUM and browser.platform is Platform.IOS:
            return Evidence("impossible_browser", self.log_odds, "Chromium does not run on iOS")
        if browser.engine is Engine.CHROMIUM and not _build_fits(reading.user_agent):
            return Evidence("impossible_browser", self.log_odds, "this Chrome never had this build")
        if browser.engine is Engine.GECKO and not _revision_fits(reading.user_agent, browser.version[0]):
            return Evidence("impossible_browser", self.log_odds, "Firefox names two versions")
        return None


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
