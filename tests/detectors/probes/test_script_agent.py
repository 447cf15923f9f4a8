"""One name for servers and scripts."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.script_agent import ScriptAgent
from tests.support.header_sets import changed
from tests.support.requests import CHROME, a_request
from tests.support.testimonies import told

MUST = {
    "another": (told(ua="Mozilla/5.0 (X11)"), {}, "navigator.userAgent is not what was sent"),
    "none sent": (told(), {b"User-Agent": None}, "navigator.userAgent is not what was sent"),
}
MUST_NOT = {
    "the same": (told(), {}),
    "not told": (told("ua"), {}),
    "letters that the page replaces": (told(ua="Caf? 1"), {b"User-Agent": "Café 1".encode()}),
    "longer than is told": (told(ua="M" * 256), {b"User-Agent": b"M" * 300}),
}


@pytest.mark.parametrize(("testimony", "sent", "reason"), MUST.values(), ids=MUST)
def test_points_at_two_names(testimony, sent, reason):
    evidence = ScriptAgent(1.5).inspect(testimony, a_request(headers=changed(CHROME, sent)))

    assert evidence == Evidence("probe_script_agent", 1.5, reason)


@pytest.mark.parametrize(("testimony", "sent"), MUST_NOT.values(), ids=MUST_NOT)
def test_spares_one_name(testimony, sent):
    assert ScriptAgent(1.5).inspect(testimony, a_request(headers=changed(CHROME, sent))) is None
