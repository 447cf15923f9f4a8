"""A browser is the same from everywhere."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.views import Views
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "a worker's agent": (told(wua="Mozilla/5.0"), "a worker differs in its user agent"),
    "a frame's languages": (told(fla="de-DE,de"), "an empty frame differs in its languages"),
    "a worker's processors and zone": (
        told(whc=2, wtz="UTC"),
        "a worker differs in its number of processors, time zone",
    ),
    "a frame's platform": (told(fpl="Linux x86_64"), "an empty frame differs in its platform"),
}
MUST_NOT = {
    "plain chrome": told(),
    "no frame, no worker": told("fr", "wk", fua="other", wua="other"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_view_that_was_painted_over(testimony, reason):
    evidence = Views(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_views", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_views_that_agree(testimony):
    assert Views(1.5).inspect(testimony, a_request()) is None
