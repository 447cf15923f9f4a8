"""One permission, one answer."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.permission import Permission
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "denied and asked": (told(pn="denied"), "notifications are denied and could be asked for"),
}
MUST_NOT = {
    "plain chrome": told(),
    "denied": told(pn="denied", pq="denied"),
    "not told": told("pn", "pq"),
    "granted": told(pn="granted", pq="granted"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_two_answers(testimony, reason):
    evidence = Permission(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_permission", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_one_answer(testimony):
    assert Permission(1.5).inspect(testimony, a_request()) is None
