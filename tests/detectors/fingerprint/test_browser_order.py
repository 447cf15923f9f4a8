"""The house order of Chromium and Firefox."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.browser_order import BrowserOrder
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "requests as chrome": (
        sets.reading(sets.FORGED_REQUESTS),
        "Chrome does not send user-agent before connection",
    ),
    "packing before taste": (
        sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"Connection": None})),
        "Chrome does not send accept-encoding before accept",
    ),
    "chrome as firefox": (
        sets.reading(sets.chromium_on_http(sets.FIREFOX_UA)),
        "Firefox does not send accept-encoding before accept-language",
    ),
    "a front is no excuse": (
        sets.reading((*sets.FORGED_REQUESTS, (b"Via", b"1.1 x"))),
        "Chrome does not send user-agent before connection",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "chrome on http": sets.reading(sets.chromium_on_http()),
    "firefox": sets.reading(sets.firefox()),
    "safari has no house order": sets.reading(sets.safari(sets.IPHONE_UA)),
    "sorted by a front": sets.reading(sets.as_go_writes(CHROME)),
    "no browser": sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": b"curl/8.9"})),
    "switched by an extension": sets.reading(sets.changed(CHROME, {b"User-Agent": sets.FIREFOX_UA})),
    "no headers": sets.reading(()),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_browsers_name_over_a_librarys_order(reading, reason):
    evidence = BrowserOrder(1.5).inspect(reading)

    assert evidence == Evidence("browser_order", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_and_whom_it_cannot_judge(reading):
    evidence = BrowserOrder(1.5).inspect(reading)

    assert evidence is None
