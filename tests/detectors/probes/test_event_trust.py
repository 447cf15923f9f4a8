"""Browsers say which events a hand made."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.event_trust import EventTrust
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "a patched getter": (told(et=True), "an event of the page claims to be a hand's"),
    "made up input": (told(mc=5, iu=3), "pointer, key or touch events of a script"),
}
MUST_NOT = {
    "plain chrome": told(),
    "a hand": told(mc=40, kc=3),
    "an old browser": told("et", "iu"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_events_of_a_script(testimony, reason):
    evidence = EventTrust(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_event_trust", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_hands_and_whoever_keeps_still(testimony):
    assert EventTrust(1.5).inspect(testimony, a_request()) is None
