"""Where Host stands."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.header_order import HeaderOrder
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "appended": (sets.reading((*CHROME[1:], CHROME[0])), "Host is not the first header"),
    "in the middle": (sets.reading((CHROME[1], CHROME[0], *CHROME[2:])), "Host is not the first header"),
    "absent": (sets.reading(CHROME[1:]), "Host is not the first header"),
}
MUST_NOT = {
    "browser order": sets.reading(CHROME),
    "lower case": sets.reading(((b"host", b"shop"), *CHROME[1:])),
    "too little to tell": sets.reading(((b"Accept", b"*/*"),)),
    "nothing at all": sets.reading(()),
    "behind a front": sets.reading(((b"X-Forwarded-For", b"203.0.113.7"), *CHROME)),
    "w3m": sets.reading(((b"User-Agent", b"w3m/0.5.3"), (b"Host", b"shop"))),
    "http/2 has no Host": sets.reading(CHROME[1:], http_version="2"),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_client_that_does_not_open_with_host(reading, reason):
    evidence = HeaderOrder(1.5).inspect(reading)

    assert evidence == Evidence("header_order", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_and_fronts(reading):
    evidence = HeaderOrder(1.5).inspect(reading)

    assert evidence is None
