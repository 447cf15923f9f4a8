"""Page loads that do not ask for https."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.missing_upgrade import MissingUpgrade
from tests.support import header_sets as sets
from tests.support.requests import CHROME

WITHOUT = {b"Upgrade-Insecure-Requests": None}
OLD = sets.CHROME_WINDOWS_UA.replace(b"130", b"43")
MUST = {
    "chrome": sets.reading(sets.changed(CHROME, WITHOUT)),
    "chrome on http": sets.reading(sets.changed(sets.chromium_on_http(), WITHOUT), scheme="http"),
    "firefox": sets.reading(sets.changed(sets.firefox(), WITHOUT)),
    "a version to come": sets.reading(sets.changed(sets.firefox(), {
        **WITHOUT, b"User-Agent": sets.FIREFOX_UA.replace(b"131", b"431"),
    })),
}  # fmt: skip
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "firefox": sets.reading(sets.firefox()),
    "safari": sets.reading(sets.changed(sets.safari(sets.IPHONE_UA), WITHOUT)),
    "a frame that a script fills": sets.reading(
        sets.changed(CHROME, {**WITHOUT, b"Accept": b"text/html, */*; q=0.01", b"Sec-Fetch-Dest": b"empty"})
    ),
    "a piece of html": sets.reading(sets.changed(sets.chromium_on_http(), {
        **WITHOUT, b"X-Requested-With": b"XMLHttpRequest",
    })),
    "before it was there": sets.reading(sets.changed(sets.chromium_on_http(OLD), WITHOUT)),
    "a picture": sets.reading(sets.changed(sets.chromium_on_http(), WITHOUT), path="/a.png"),
    "no browser": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"shop-app/1"), (b"Accept", sets.HTML))),
}  # fmt: skip


@pytest.mark.parametrize("reading", MUST.values(), ids=MUST)
def test_points_at_a_page_load_without_the_wish(reading):
    evidence = MissingUpgrade(1.5).inspect(reading)

    assert evidence == Evidence("missing_upgrade", 1.5, "a page load without Upgrade-Insecure-Requests")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_whoever_never_wished(reading):
    assert MissingUpgrade(1.5).inspect(reading) is None
