"""Browsers of a decade ago."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.old_browser import OldBrowser
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "chrome 41": (
        sets.reading(((b"User-Agent", sets.CHROME_WINDOWS_UA.replace(b"130.0.0.0", b"41.0.2228.0")),)),
        "a browser without updates for a decade",
    ),
    "internet explorer": (
        sets.reading(((b"User-Agent", b"Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko"),)),
        "a browser without updates for a decade",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "iphone 5": sets.reading(sets.safari(sets.OLD_IPHONE_UA)),
    "web view without a version": sets.reading(
        ((b"User-Agent", b"Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"),)
    ),
    "gnome's browser of today": sets.reading(sets.safari(sets.EPIPHANY_UA)),
    "no browser": sets.reading(()),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_versions_out_of_old_lists(reading, reason):
    evidence = OldBrowser(1.5).inspect(reading)

    assert evidence == Evidence("old_browser", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_old_devices_that_still_work(reading):
    evidence = OldBrowser(1.5).inspect(reading)

    assert evidence is None
