"""Client hints on secure origins."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.missing_client_hints import MissingClientHints
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "chrome on https": (sets.reading(sets.FORGED_REQUESTS), "Chrome without client hints"),
    "edge on localhost": (
        sets.reading(sets.chromium_on_http(sets.EDGE_UA), scheme="http", host="localhost"),
        "Edge without client hints",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "plain http": sets.reading(sets.chromium_on_http(), scheme="http"),
    "samsung": sets.reading(sets.chromium_on_http(sets.SAMSUNG_UA)),
    "web view": sets.reading(sets.chromium_on_http(sets.WEBVIEW_UA)),
    "firefox": sets.reading(sets.firefox()),
    "chrome of 2020": sets.reading(
        sets.chromium_on_http(sets.CHROME_WINDOWS_UA.replace(b"130.0.0.0", b"85.0.4183.83"))
    ),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_chrome_and_edge_without_hints(reading, reason):
    evidence = MissingClientHints(1.5).inspect(reading)

    assert evidence == Evidence("missing_client_hints", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_those_that_send_none(reading):
    evidence = MissingClientHints(1.5).inspect(reading)

    assert evidence is None
