"""Old browsers are rare among people and common in copied lists of user agents."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading

# Versions of 2016 and before. Chrome 49 and Firefox 52 were the last for Windows XP, iOS 9 for the iPhone 4S.
OLDEST = {Engine.CHROMIUM: (50, 0), Engine.GECKO: (52, 0), Engine.WEBKIT: (9, 0)}


@dataclass(frozen=True, slots=True)
class OldBrowser:
    """Notices browsers that stopped getting updates a decade ago.

    Sees:   the claimed engine and version.
    Means:  a user agent from an old list.
    Spares: whatever still gets, or lately got, updates; web views without a version.
    Costs:  one comparison, once per fingerprint.
    """

    default: ClassVar[float] = 1.0  # alone 12 of 100: an old device is no crime
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser = reading.browser
        oldest = OLDEST.get(browser.engine, (0, 0))
        if browser.engine is Engine.LEGACY or (0, 0) < browser.version < oldest:
            return Evidence("old_browser", self.log_odds, "a browser without updates for a decade")
        return None
