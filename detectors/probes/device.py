"""A phone is small and is touched."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import browser_of
from detectors.probes.testimony import Testimony
from detectors.request import Request

PHONE_PIXELS = 1100  # CSS pixels of the longer side; the largest phones have 970


@dataclass(frozen=True, slots=True)
class Device:
    """Compares screen and touch with the device that the user agent names.

    Sees:   the mobile mark of the user agent, points of touch, kinds of pointers, the screen's longer side.
    Means:  a desktop browser on a server that poses as a phone.
    Spares: tablets and desktops. Staged: developers' device toolbars, phones on a television or a desk dock.
    Costs:  one reading of the user agent, three comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: never counted on people
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        screen = testimony.screen
        if not browser_of(testimony.main.user_agent).mobile:
            return None
        signs = []
        if screen.touch_points == 0 and not screen.coarse_pointer:
            signs.append("a phone that cannot be touched")
        if max(screen.width or 0, screen.height or 0) > PHONE_PIXELS and screen.fine_pointer:
            signs.append("a phone with a desktop's screen and mouse")
        return Evidence("probe_device", self.log_odds, "; ".join(signs)) if signs else None
