"""A header that came late, and on newer protocols only."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.priority_header import NOT_BEFORE, PriorityHeader
from tests.support import header_sets as sets
from tests.support.requests import CHROME

PRIORITY = (b"Priority", b"u=0, i")
OLD_CHROME = sets.changed(CHROME, {b"User-Agent": sets.CHROME_WINDOWS_UA.replace(b"130.0", b"120.0")})
LOWERED = tuple((name.lower(), content) for name, content in CHROME)

MUST = {
    "chrome 120": (sets.reading((*OLD_CHROME, PRIORITY)), "Chrome 120 sends no Priority"),
    "chrome 120 behind a front": (
        sets.reading((*OLD_CHROME, PRIORITY, (b"Via", b"1.1 front"))),
        "Chrome 120 sends no Priority",
    ),
    "an old iphone": (
        sets.reading((*sets.safari(sets.OLD_IPHONE_UA), PRIORITY)),
        "Safari 10 sends no Priority",
    ),
    "chrome on http/1.1": (sets.reading((*CHROME, PRIORITY)), "Chrome sends no Priority on HTTP/1.1"),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "chrome behind a front": sets.reading((*CHROME, PRIORITY, (b"Via", b"2 front"))),
    "chrome behind a silent front that lowers names": sets.reading((*LOWERED, PRIORITY)),
    "chrome on http/2": sets.reading((*CHROME, PRIORITY), http_version="2"),
    "an iphone": sets.reading((*sets.safari(sets.IPHONE_UA), PRIORITY)),
    "firefox": sets.reading((*sets.firefox(), PRIORITY)),
    "tor": sets.reading((*sets.firefox(sets.TOR_UA), PRIORITY)),
    "an app": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"okhttp/4.12.0"), PRIORITY)),
}


def test_the_versions_are_learnt():
    assert dict(NOT_BEFORE) == {Engine.CHROMIUM: 123, Engine.WEBKIT: 17}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_priority_that_came_too_early(reading, reason):
    assert PriorityHeader(1.0).inspect(reading) == Evidence("priority_header", 1.0, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_those_that_may_send_it(reading):
    assert PriorityHeader(1.0).inspect(reading) is None
