"""Servers have no graphics card."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.graphics import Graphics
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "software": (told(gl="software"), "pictures are drawn by the processor"),
    "none": (told(gl="none"), "no WebGL"),
}
MUST_NOT = {
    "plain chrome": told(),
    "a virtual card": told(gl="virtual"),
    "not told": told("gl"),
    "made up": told(gl="gold"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_drawing_without_a_card(testimony, reason):
    evidence = Graphics(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_graphics", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_cards(testimony):
    assert Graphics(1.5).inspect(testimony, a_request()) is None
