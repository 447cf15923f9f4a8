"""Chromium and Firefox ask for https with every page load, also on https."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading

SENT_SINCE = {Engine.CHROMIUM: (44, 0), Engine.GECKO: (48, 0)}  # caniuse.com, "upgradeinsecurerequests"


@dataclass(frozen=True, slots=True)
class MissingUpgrade:
    """Notices page loads without Upgrade-Insecure-Requests.

    Sees:   the header's name, Accept, the claimed browser and version.
    Means:  a browser's user agent and Accept, put on by a program.
    Spares: WebKit, which leaves it out on https; requests of scripts for pieces of HTML.
    Costs:  one look-up, once per fingerprint.
    """

    default: ClassVar[float] = 1.5  # alone 18 of 100: a proxy that strips what it does not know does this
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        since = SENT_SINCE.get(reading.browser.engine)
        if since is None or reading.browser.version < since or not reading.page:
            return None
        if reading.has(b"upgrade-insecure-requests") or reading.has(b"x-requested-with"):
            return None
        if not reading.value(b"accept").startswith(b"text/html,application/xhtml+xml"):
            return None
        return Evidence("missing_upgrade", self.log_odds, "a page load without Upgrade-Insecure-Requests")
