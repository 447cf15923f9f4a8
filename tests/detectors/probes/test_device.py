"""A phone is small and is touched."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.device import Device
from tests.support.requests import a_request
from tests.support.testimonies import CHROME_AGENT, told

PHONE = CHROME_AGENT.replace("Windows NT 10.0; Win64; x64", "Linux; Android 10; K").replace(
    "Safari", "Mobile Safari"
)

MUST = {
    "no touch": (told(ua=PHONE, sw=412, sh=915), "a phone that cannot be touched"),
    "a large screen and a mouse": (
        told(ua=PHONE, tp=5, pc=True),
        "a phone with a desktop's screen and mouse",
    ),
    "both": (told(ua=PHONE), "a phone that cannot be touched; a phone with a desktop's screen and mouse"),
}
MUST_NOT = {
    "plain chrome": told(),
    "a phone": told(ua=PHONE, sw=412, sh=915, tp=5, pc=True, pf=False),
    "a large phone": told(ua=PHONE, sw=430, sh=970, tp=5, pc=True, pf=False),
    "a phone that tells nothing": told("sw", "sh", "tp", "pc", "pf", ua=PHONE),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_desktop_that_poses_as_a_phone(testimony, reason):
    evidence = Device(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_device", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_phones_and_desktops(testimony):
    assert Device(1.5).inspect(testimony, a_request()) is None
