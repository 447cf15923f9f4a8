"""Hints are the same for servers and scripts."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.script_hints import ScriptHints
from tests.support.header_sets import changed
from tests.support.requests import CHROME, a_request
from tests.support.testimonies import told

MUST = {
    "brands": (told(br="Chromium/131|Google Chrome/131"), {}, "scripts see other brands than was sent"),
    "mobile": (told(bm=True), {}, "scripts see another kind of device than was sent"),
    "system": (told(bp="Linux"), {}, "scripts see another system than was sent"),
}
MUST_NOT = {
    "the same": (told(), {}),
    "none sent": (told(), {b"sec-ch-ua": None}),
    "none told": (told("br", "bm", "bp"), {}),
    "only brands": (told("bm", "bp"), {b"sec-ch-ua-mobile": None, b"sec-ch-ua-platform": None}),
    "a slash in a brand": (
        told(br="Not/A)Brand/8|Chromium/130"),
        {b"sec-ch-ua": b'"Chromium";v="130", "Not/A)Brand";v="8"'},
    ),
}


@pytest.mark.parametrize(("testimony", "sent", "reason"), MUST.values(), ids=MUST)
def test_points_at_other_hints(testimony, sent, reason):
    evidence = ScriptHints(1.5).inspect(testimony, a_request(headers=changed(CHROME, sent)))

    assert evidence == Evidence("probe_script_hints", 1.5, reason)


@pytest.mark.parametrize(("testimony", "sent"), MUST_NOT.values(), ids=MUST_NOT)
def test_spares_hints_that_agree(testimony, sent):
    assert ScriptHints(1.5).inspect(testimony, a_request(headers=changed(CHROME, sent))) is None
