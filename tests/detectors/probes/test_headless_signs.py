"""Nobody looks at a window of no size."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.headless_signs import HeadlessSigns
from tests.support.requests import a_request
from tests.support.testimonies import CHROME_AGENT, told

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
PHONE = CHROME_AGENT.replace("Windows NT 10.0; Win64; x64", "Linux; Android 10; K").replace(
    "Safari", "Mobile Safari"
)

MUST = {
    "no size": (told(ow=0, oh=0), "a window of no size"),
    "beyond the screen": (told(sw=1280, sh=720, ow=1288, oh=805), "a window larger than its screen"),
    "chromium's own screen": (told(sw=800, sh=600, ow=780, oh=580), "a screen of 800 by 600"),
    "no pointer": (told(pf=False), "no pointer at all"),
    "no plugins": (told(np=0), "no plugins"),
    "no object": (told(ch=False), "no window.chrome"),
    "two signs": (told(np=0, ch=False), "no plugins; no window.chrome"),
}
MUST_NOT = {
    "plain chrome": told(),
    "a maximised window": told(sw=1920, ow=1936, sh=1080, oh=1056),
    "firefox without plugins": told(ua=FIREFOX, np=0, ch=False),
    "a phone": told(ua=PHONE, pf=False, ow=0, oh=0, np=0),
    "sizes not told": told("ow", "oh", "sw", "sh"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_windows_that_nobody_sees(testimony, reason):
    evidence = HeadlessSigns(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_headless_signs", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_windows_that_people_have(testimony):
    assert HeadlessSigns(1.5).inspect(testimony, a_request()) is None
