"""Remote control says so, wherever one asks."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.webdriver import Webdriver
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "the flag": (told(wd=True, fwd=True, wn=True), "navigator.webdriver, by the page"),
    "covered in the page": (told(fwd=True, wn=True), "navigator.webdriver, by an empty frame"),
    "only the worker": (told(wwd=True), "navigator.webdriver, by a worker"),
    "covered everywhere": (told(wn=True), "navigator.webdriver, by the browser's own getter"),
}
MUST_NOT = {
    "plain chrome": told(),
    "an old browser without the flag": told("wd", "wn", "fwd", "wwd", wm=True),
    "an extension removed it": told("wd", "wn", "fwd", wm=True, nf="webdriver"),
    "no frame, no worker": told("fr", "wk"),
    "an older flag in a frame that was not read": told("fr", fwd=True),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_remote_control(testimony, reason):
    evidence = Webdriver(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_webdriver", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_everybody_else(testimony):
    assert Webdriver(1.5).inspect(testimony, a_request()) is None
