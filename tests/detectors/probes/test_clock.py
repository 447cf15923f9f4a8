"""Two clocks, one time."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.clock import Clock
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "backwards": (told(cf=False), "performance.now stepped back"),
    "apart": (told(ce=80, cd=700), "performance.now and Date run apart"),
}
MUST_NOT = {
    "plain chrome": told(),
    "coarse": told("cs", ce=100, cd=0),
    "just within": told(ce=0, cd=500),
    "not told": told("cf", "ce", "cd"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_clock_that_was_set(testimony, reason):
    evidence = Clock(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_clock", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_coarse_clocks(testimony):
    assert Clock(1.5).inspect(testimony, a_request()) is None
