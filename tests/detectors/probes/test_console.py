"""Somebody may listen to the console."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.console import Console
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "listened to": (told(cl=True), "somebody listens to the console"),
}
MUST_NOT = {
    "plain chrome": told(),
    "not told": told("cl"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_listener(testimony, reason):
    evidence = Console(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_console", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_closed_consoles(testimony):
    assert Console(1.5).inspect(testimony, a_request()) is None
