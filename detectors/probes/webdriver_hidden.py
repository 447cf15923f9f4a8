"""The flag of remote control has one place in a browser; elsewhere it was put by a script."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine, browser_of
from detectors.probes.testimony import Testimony
from detectors.request import Request

HAS_THE_FLAG = {Engine.CHROMIUM: 89, Engine.GECKO: 60}  # major versions from which on it is always there


@dataclass(frozen=True, slots=True)
class WebdriverHidden:
    """Notices where navigator.webdriver was removed, replaced or covered.

    Sees:   whether the flag is there, stands on navigator itself, or has a getter that is not the browser's
            own.
    Means:  a stealth plugin hides remote control.
    Spares: browsers older than the flag. Staged: extensions for privacy replace getters too.
    Costs:  one reading of the user agent, three comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: how many people's extensions do this was never counted
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        reason = _trace(testimony)
        return Evidence("probe_webdriver_hidden", self.log_odds, reason) if reason else None


def _trace(testimony: Testimony) -> str:
    if testimony.webdriver_own:
        return "navigator.webdriver was written onto navigator"
    if "webdriver" in testimony.replaced.split(","):
        return "navigator.webdriver has a getter that is not the browser's own"
    browser = browser_of(testimony.main.user_agent)
    since = HAS_THE_FLAG.get(browser.engine)
    if testimony.webdriver_missing and since is not None and browser.version[0] >= since:
        return "navigator.webdriver was removed"
    return ""
