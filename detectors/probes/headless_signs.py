"""A browser that nobody looks at does not trouble about its window."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Browser, Engine, Platform, browser_of
from detectors.probes.testimony import Screen, Testimony
from detectors.request import Request

DESKTOPS = frozenset({Platform.WINDOWS, Platform.MACOS, Platform.LINUX})
FRAME = 64  # pixels that a maximised window may hang over the edge of its screen
HEADLESS_SCREEN = (800, 600)  # Chromium's own, where nobody names another


@dataclass(frozen=True, slots=True)
class HeadlessSigns:
    """Notices windows and screens as browsers without a window have them.

    Sees:   sizes of screen and window, plugins, window.chrome, kinds of pointers, the claimed browser.
    Means:  an automated browser on a server.
    Spares: phones and tablets. Staged: remote desktops, kiosks and virtual machines have small screens, PDF
            viewers can be switched off, windows open in the background without a size, tablets have no mouse.
    Costs:  one reading of the user agent, some comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: each of these has people behind it
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        browser = browser_of(testimony.main.user_agent)
        if browser.platform not in DESKTOPS or browser.mobile:
            return None
        signs = "; ".join([*_window_signs(testimony.screen), *_browser_signs(testimony, browser)])
        return Evidence("probe_headless_signs", self.log_odds, signs) if signs else None


def _window_signs(screen: Screen) -> list[str]:
    signs = []
    if screen.outer_width == 0 and screen.outer_height == 0:
        signs.append("a window of no size")
    elif is_beyond(screen.outer_width, screen.width) or is_beyond(screen.outer_height, screen.height):
        signs.append("a window larger than its screen")
    if (screen.width, screen.height) == HEADLESS_SCREEN:
        signs.append("a screen of 800 by 600")
    if screen.coarse_pointer is False and screen.fine_pointer is False:
        signs.append("no pointer at all")
    return signs


def is_beyond(window: int | None, screen: int | None) -> bool:
    """True where a window of that size cannot be seen whole on a screen of that size."""
    return window is not None and screen is not None and window > screen + FRAME


def _browser_signs(testimony: Testimony, browser: Browser) -> list[str]:
    if browser.engine is not Engine.CHROMIUM:
        return []
    signs = []
    if testimony.plugins == 0:
        signs.append("no plugins")
    if testimony.chrome_object is False:
        signs.append("no window.chrome")
    return signs
