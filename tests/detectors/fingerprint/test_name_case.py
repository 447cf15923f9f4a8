"""How browsers spell header names."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.name_case import NameCase
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "all lower": (
        sets.reading(tuple((name.lower(), content) for name, content in CHROME)),
        "browsers write User-Agent on HTTP/1.1",
    ),
    "all title": (
        sets.reading(tuple((name.title(), content) for name, content in CHROME)),
        "browsers write sec-ch-ua in lower case",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "firefox": sets.reading(sets.firefox()),
    "behind a front": sets.reading(
        tuple((name.lower(), content) for name, content in (*CHROME, (b"x-envoy-peer", b"a")))
    ),
    "http/2 knows lower case only": sets.reading(
        tuple((name.lower(), content) for name, content in CHROME), http_version="2"
    ),
    "no browser": sets.reading(((b"host", b"shop"), (b"user-agent", b"undici"))),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_names_spelled_as_no_browser_does(reading, reason):
    evidence = NameCase(1.5).inspect(reading)

    assert evidence == Evidence("name_case", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_and_fronts(reading):
    evidence = NameCase(1.5).inspect(reading)

    assert evidence is None
