"""Automated browsers that say so."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.headless import Headless
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "chromium without a window": (
        sets.reading(
            sets.changed(
                CHROME, {b"User-Agent": sets.CHROME_WINDOWS_UA.replace(b"Chrome", b"HeadlessChrome")}
            )
        ),
        "declares HeadlessChrome",
    ),
    "only the hints tell": (
        sets.reading(sets.changed(CHROME, {b"sec-ch-ua": b'"HeadlessChrome";v="130"'})),
        "declares HeadlessChrome",
    ),
    "phantom": (sets.reading(((b"User-Agent", b"Mozilla/5.0 PhantomJS/2.1.1"),)), "declares PhantomJS"),
}
MUST_NOT = {"chrome": sets.reading(CHROME), "safari": sets.reading(sets.safari(sets.IPHONE_UA))}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_browser_without_a_window(reading, reason):
    evidence = Headless(1.5).inspect(reading)

    assert evidence == Evidence("headless", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_with_one(reading):
    evidence = Headless(1.5).inspect(reading)

    assert evidence is None
