"""A page load asks for HTML."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.page_accept import PageAccept
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "anything": (sets.reading(sets.FORGED_REQUESTS), "a page load that does not ask for HTML"),
    "nothing": (
        sets.reading(sets.changed(CHROME, {b"Accept": None})),
        "a page load that does not ask for HTML",
    ),
    "no more than every browser says": (
        sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": b"Mozilla/5.0"})),
        "a page load that does not ask for HTML",
    ),
    "internet explorer": (
        sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": sets.INTERNET_EXPLORER_UA})),
        "a page load that does not ask for HTML",
    ),
    "a named page": (
        sets.reading(sets.FORGED_REQUESTS, path="/list.php"),
        "a page load that does not ask for HTML",
    ),
    "sec-fetch-dest decides": (
        sets.reading(sets.changed(CHROME, {b"Accept": b"*/*"}), path="/photo.jpg"),
        "a page load that does not ask for HTML",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "picture": sets.reading(sets.FORGED_REQUESTS, path="/img/shoe.jpg"),
    "fetch on https": sets.reading(sets.changed(CHROME, {b"Accept": b"*/*", b"Sec-Fetch-Dest": b"empty"})),
    "axios on http": sets.reading(
        sets.changed(sets.chromium_on_http(), {b"Accept": b"application/json, text/plain, */*"})
    ),
    "jquery on http": sets.reading(
        sets.changed(sets.chromium_on_http(), {b"Accept": b"*/*", b"X-Requested-With": b"XMLHttpRequest"})
    ),
    "post on http": sets.reading(
        sets.changed(sets.chromium_on_http(), {b"Accept": b"*/*", b"Origin": b"http://shop.example.com"})
    ),
    "curl": sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": b"curl/8.9"})),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_page_load_that_asks_for_anything(reading, reason):
    evidence = PageAccept(1.5).inspect(reading)

    assert evidence == Evidence("page_accept", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_what_is_no_page_load(reading):
    evidence = PageAccept(1.5).inspect(reading)

    assert evidence is None
