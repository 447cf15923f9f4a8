"""HTTP/1.0."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.old_protocol import OldProtocol
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {"chrome": (sets.reading(CHROME, http_version="1.0"), "Chrome does not speak HTTP/1.0")}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "behind nginx": sets.reading((*CHROME, (b"X-Real-IP", b"::1")), http_version="1.0"),
    "lynx": sets.reading(((b"User-Agent", b"Lynx/2.8.9rel.1"),), http_version="1.0"),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_browser_on_http_1_0(reading, reason):
    evidence = OldProtocol(1.5).inspect(reading)

    assert evidence == Evidence("old_protocol", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_fronts_and_text_browsers(reading):
    evidence = OldProtocol(1.5).inspect(reading)

    assert evidence is None
