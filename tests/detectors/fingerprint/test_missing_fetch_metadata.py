"""Sec-Fetch headers on secure origins."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.missing_fetch_metadata import MissingFetchMetadata
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "https": (sets.reading(sets.FORGED_REQUESTS), "a secure page load without Sec-Fetch headers"),
    "localhost": (
        sets.reading(sets.FORGED_REQUESTS, scheme="http", host="127.0.0.1"),
        "a secure page load without Sec-Fetch headers",
    ),
    "br on plain http": (
        sets.reading(
            sets.changed(sets.FORGED_REQUESTS, {b"Accept-Encoding": b"gzip, deflate, br"}), scheme="http"
        ),
        "a secure page load without Sec-Fetch headers",
    ),
    "node's fetch": (
        sets.reading(sets.changed(sets.chromium_on_http(), {b"sec-fetch-mode": b"cors"}), scheme="http"),
        "browsers send Sec-Fetch headers together",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "plain http": sets.reading(sets.chromium_on_http(), scheme="http"),
    "old safari": sets.reading(sets.safari(sets.OLD_IPHONE_UA, fetch_metadata=False)),
    "br added by a front": sets.reading(
        sets.changed(sets.chromium_on_http(), {b"Accept-Encoding": b"gzip, br", b"CF-Ray": b"8"}),
        scheme="http",
    ),
    "picture": sets.reading(sets.FORGED_REQUESTS, path="/shoe.webp"),
    "no browser": sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": b"curl/8.9"})),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_secure_page_load_without_them(reading, reason):
    evidence = MissingFetchMetadata(1.5).inspect(reading)

    assert evidence == Evidence("missing_fetch_metadata", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_plain_http_and_old_browsers(reading):
    evidence = MissingFetchMetadata(1.5).inspect(reading)

    assert evidence is None
