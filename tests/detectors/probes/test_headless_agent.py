"""A browser without a window tells a script what it keeps from the headers."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.headless_agent import HeadlessAgent
from tests.support.requests import a_request
from tests.support.testimonies import CHROME_AGENT, told

HEADLESS = CHROME_AGENT.replace("Chrome", "HeadlessChrome")

MUST = {
    "in the page": (told(ua=HEADLESS), "declares HeadlessChrome to the page"),
    "in the brands": (told(br="HeadlessChrome/130|Chromium/130"), "declares HeadlessChrome to the brands"),
    "in a frame": (told(fua=HEADLESS), "declares HeadlessChrome to an empty frame"),
    "in a worker": (told(wua=HEADLESS), "declares HeadlessChrome to a worker"),
}
MUST_NOT = {
    "plain chrome": told(),
    "no agent at all": told("ua", "br", "fr", "wk"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_the_mark(testimony, reason):
    evidence = HeadlessAgent(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_headless", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_with_a_window(testimony):
    assert HeadlessAgent(1.5).inspect(testimony, a_request()) is None
