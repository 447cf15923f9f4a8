"""Hands are uneven."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.dynamics import Dynamics
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "keys": (told(kc=8, km=500, kd=3), "keys are pressed to an even beat"),
    "a ruled pointer": (told(mc=40, mm=100, md=1, ms=1000), "the pointer follows a ruler to an even beat"),
}
MUST_NOT = {
    "plain chrome": told(),
    "a quick typist": told(kc=20, km=1100, kd=400),
    "few keys": told(kc=3, km=500, kd=0),
    "a hand": told(mc=60, mm=83, md=20, ms=930),
    "a straight but uneven hand": told(mc=60, mm=83, md=30, ms=1000),
    "an even but curved way": told(mc=60, mm=100, md=0, ms=900),
    "no intervals": told(kc=9),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_even_input(testimony, reason):
    evidence = Dynamics(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_dynamics", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_hands_and_whoever_keeps_still(testimony):
    assert Dynamics(1.5).inspect(testimony, a_request()) is None
