"""Browsers that were never built."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.impossible_browser import ImpossibleBrowser
from tests.support import header_sets as sets
from tests.support.requests import CHROME

CHROMIUM_ON_AN_IPHONE = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 11_0 like Mac OS X) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/40.0.1567.1276 Mobile Safari/537.36"
)

MUST = {
    "chromium on an iphone": (
        sets.reading(((b"User-Agent", CHROMIUM_ON_AN_IPHONE),)),
        "Chromium did not run on iOS",
    ),
    "a random build": (
        sets.reading(((b"User-Agent", sets.CHROME_WINDOWS_UA.replace(b"130.0.0.0", b"59.0.9273.1293")),)),
        "this Chrome never had this build",
    ),
    "a version that nobody has reached": (
        sets.reading(((b"User-Agent", sets.CHROME_WINDOWS_UA.replace(b"130.0.0.0", b"999.0.0.0")),)),
        "no browser has come to this version",
    ),
    "firefox of two versions": (
        sets.reading(((b"User-Agent", sets.FIREFOX_UA.replace(b"rv:131.0", b"rv:102.0")),)),
        "Firefox names two versions",
    ),
}
MUST_NOT = {
    "chromium on an iphone where apple must admit it": sets.reading(
        ((b"User-Agent", CHROMIUM_ON_AN_IPHONE.replace(b"40.0.1567.1276", b"150.0.0.0")),)
    ),
    "frozen build": sets.reading(CHROME),
    "real build": sets.reading(
        ((b"User-Agent", sets.CHROME_WINDOWS_UA.replace(b"130.0.0.0", b"91.0.4472.124")),)
    ),
    "newer than the list": sets.reading(
        ((b"User-Agent", sets.CHROME_WINDOWS_UA.replace(b"130.0.0.0", b"201.0.9999.12")),)
    ),
    "firefox": sets.reading(sets.firefox()),
    "firefox with the frozen revision": sets.reading(
        sets.firefox(b"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0")
    ),
    "chrome for ios": sets.reading(
        ((b"User-Agent", sets.IPHONE_UA.replace(b"Version/17.5", b"CriOS/130.0.6723.90")),)
    ),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_parts_that_cannot_belong_together(reading, reason):
    evidence = ImpossibleBrowser(1.5).inspect(reading)

    assert evidence == Evidence("impossible_browser", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_real_builds(reading):
    evidence = ImpossibleBrowser(1.5).inspect(reading)

    assert evidence is None
