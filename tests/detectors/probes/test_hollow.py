"""Every browser has a name, a screen and a clock."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.hollow import Hollow
from detectors.probes.testimony import read_testimony
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "empty": (read_testimony({}), "tells of no user agent and no screen and no clock"),
    "nothing but boxes": (told("ua", "sw", "cd"), "tells of no user agent and no screen and no clock"),
    "two of three": (told("sw", "cd"), "tells of no screen and no clock"),
}
MUST_NOT = {
    "plain chrome": told(),
    "no user agent": told("ua"),
    "no screen": told("sw"),
    "no clock": told("cd"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_testimony_written_by_hand(testimony, reason):
    evidence = Hollow(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_hollow", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_that_lack_one_thing(testimony):
    assert Hollow(1.5).inspect(testimony, a_request()) is None
