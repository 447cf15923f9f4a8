"""One list of languages for servers and scripts."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.script_languages import ScriptLanguages
from tests.support.header_sets import changed
from tests.support.requests import CHROME, a_request
from tests.support.testimonies import told

MUST = {
    "another": (told(la="de-DE,de"), {}, "navigator.languages has none that was sent"),
}
MUST_NOT = {
    "the same": (told(), {}),
    "another region": (told(la="en-GB"), {}),
    "shortened": (told(la="en-US,en,de"), {b"Accept-Language": b"en-US"}),
    "any": (told(la="de"), {b"Accept-Language": b"*"}),
    "none sent": (told(), {b"Accept-Language": None}),
    "not told": (told("la"), {}),
    "weighted": (told(la="de"), {b"Accept-Language": b"fr, DE-at;q=0.3"}),
}


@pytest.mark.parametrize(("testimony", "sent", "reason"), MUST.values(), ids=MUST)
def test_points_at_other_languages(testimony, sent, reason):
    evidence = ScriptLanguages(1.5).inspect(testimony, a_request(headers=changed(CHROME, sent)))

    assert evidence == Evidence("probe_script_languages", 1.5, reason)


@pytest.mark.parametrize(("testimony", "sent"), MUST_NOT.values(), ids=MUST_NOT)
def test_spares_lists_that_share_one(testimony, sent):
    assert ScriptLanguages(1.5).inspect(testimony, a_request(headers=changed(CHROME, sent))) is None
