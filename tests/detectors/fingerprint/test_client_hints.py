"""Two introductions of one browser."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.client_hints import ClientHints
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "firefox with hints": (
        sets.reading(sets.changed(CHROME, {b"User-Agent": sets.FIREFOX_UA})),
        "Firefox sends no client hints",
    ),
    "another version": (
        sets.reading(sets.changed(CHROME, {b"sec-ch-ua": b'"Chromium";v="119"'})),
        "the client hints name another version than the user agent",
    ),
    "another system": (
        sets.reading(sets.changed(CHROME, {b"sec-ch-ua-platform": b'"Linux"'})),
        "the client hints name another system than the user agent",
    ),
    "a mobile chromebook": (
        sets.reading(
            sets.chromium_on_https(sets.CHROMEBOOK_UA, b'"Chromium";v="130"', b'"Chrome OS"', b"?1")
        ),
        "the client hints call a desktop system mobile",
    ),
    "a mobile windows, by the hints alone": (
        sets.reading(
            sets.chromium_on_https(
                b"Mozilla/5.0 (Unknown) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
                b'"Chromium";v="130"',
                b'"Windows"',
                b"?1",
            )
        ),
        "the client hints call a desktop system mobile",
    ),
    "a mobile desktop": (
        sets.reading(sets.changed(CHROME, {b"sec-ch-ua-mobile": b"?1"})),
        "the client hints call a desktop system mobile",
    ),
}
MUST_NOT = {
    "a phone with linux": sets.reading(
        sets.chromium_on_https(sets.CHROME_LINUX_UA, b'"Chromium";v="130"', b'"Linux"', b"?1")
    ),
    "chrome": sets.reading(CHROME),
    "no hints": sets.reading(sets.chromium_on_http()),
    "android in desktop mode": sets.reading(
        sets.chromium_on_https(sets.PIXEL_UA, b'"Chromium";v="130"', b'"Linux"')
    ),
    "an unknown system": sets.reading(sets.changed(CHROME, {b"sec-ch-ua-platform": b'"Fuchsia"'})),
    "unreadable": sets.reading(sets.changed(CHROME, {b"sec-ch-ua": b"\xff\xfe;v="})),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_two_introductions_that_differ(reading, reason):
    evidence = ClientHints(1.5).inspect(reading)

    assert evidence == Evidence("client_hints", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_those_that_agree(reading):
    evidence = ClientHints(1.5).inspect(reading)

    assert evidence is None
