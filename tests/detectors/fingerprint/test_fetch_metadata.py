"""Sec-Fetch headers that contradict each other."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.fetch_metadata import FetchMetadata
from tests.support import header_sets as sets
from tests.support.requests import CHROME


def fetched(mode, destination, user=None, **more):
    changes = {b"Sec-Fetch-Mode": mode, b"Sec-Fetch-Dest": destination, b"Sec-Fetch-User": user}
    return sets.reading(sets.changed(CHROME, changes | {name.encode(): text for name, text in more.items()}))


MUST = {
    "a page load without cors": (fetched(b"no-cors", b"document"), "a page load that says no-cors"),
    "a page load with cors": (fetched(b"cors", b"document"), "a page load that says cors"),
    "a frame of the same origin": (fetched(b"same-origin", b"iframe"), "a page load that says same-origin"),
    "a picture that navigates": (
        fetched(b"navigate", b"image"), "a part of a page (image) that says navigate",
    ),
    "a click that calls": (fetched(b"cors", b"empty", b"?1"), "a person's click that says cors"),
    "firefox, too": (
        sets.reading(sets.changed(sets.firefox(), {b"Sec-Fetch-Mode": b"cors"})),
        "a page load that says cors",
    ),
}  # fmt: skip
MUST_NOT = {
    "a page": fetched(b"navigate", b"document", b"?1"),
    "a page, not by click": fetched(b"navigate", b"document"),
    "a frame": fetched(b"navigate", b"iframe"),
    "an embedded page": fetched(b"navigate", b"embed"),
    "a fenced frame": fetched(b"navigate", b"fencedframe"),
    "passed on by a service worker": fetched(b"navigate", b"empty"),
    "a call": fetched(b"cors", b"empty"),
    "a picture": fetched(b"no-cors", b"image"),
    "a font": fetched(b"cors", b"font"),
    "a worker": fetched(b"same-origin", b"worker"),
    "a mode to come": fetched(b"teleport", b"document"),
    "a destination to come": fetched(b"navigate", b"dream"),
    "a prefetch": fetched(b"no-cors", b"document", **{"Sec-Purpose": b"prefetch"}),
    "none sent": sets.reading(sets.chromium_on_http()),
    "no browser": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"node"), (b"Sec-Fetch-Mode", b"cors"))),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_headers_that_clash(reading, reason):
    assert FetchMetadata(3.0).inspect(reading) == Evidence("fetch_metadata", 3.0, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_what_browsers_do_and_what_they_may_come_to_do(reading):
    assert FetchMetadata(3.0).inspect(reading) is None
