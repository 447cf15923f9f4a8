"""What clients say about their connection."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.no_keep_alive import NoKeepAlive
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "left out": sets.reading(sets.changed(CHROME, {b"Connection": None})),
    "closed": sets.reading(sets.changed(CHROME, {b"Connection": b"close"})),
    "wget's spelling": sets.reading(sets.changed(CHROME, {b"Connection": b"Keep-Alive"})),
    "firefox": sets.reading(sets.changed(sets.firefox(), {b"Connection": None})),
}
LOWERED = tuple((name.lower(), content) for name, content in CHROME if name != b"Connection")
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "firefox": sets.reading(sets.firefox()),
    "safari": sets.reading(sets.safari(sets.IPHONE_UA)),
    "behind a front": sets.reading(
        (*sets.changed(CHROME, {b"Connection": b"close"}), (b"X-Forwarded-For", b"203.0.113.7"))
    ),
    "behind a silent front that speaks http/2 on its other side": sets.reading(LOWERED),
    "http/2": sets.reading(LOWERED, http_version="2"),
    "a websocket": sets.reading(sets.changed(CHROME, {b"Connection": b"Upgrade", b"Upgrade": b"websocket"})),
    "no browser": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"shop-app/1"))),
}


@pytest.mark.parametrize("reading", MUST.values(), ids=MUST)
def test_points_at_a_connection_that_no_browser_would_leave_so(reading):
    evidence = NoKeepAlive(0.8).inspect(reading)

    assert evidence == Evidence("no_keep_alive", 0.8, "no Connection: keep-alive")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_and_fronts(reading):
    assert NoKeepAlive(0.8).inspect(reading) is None
