"""Hints that differ from the user agent twice."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.other_system import OtherSystem
from tests.support import header_sets as sets
from tests.support.requests import CHROME

OTHER_VERSION = {b"sec-ch-ua": b'"Chromium";v="156", "Not:A-Brand";v="8"'}
OTHER_SYSTEM = {b"sec-ch-ua-platform": b'"Linux"'}
MUST = {
    "a server's chromium in a desktop's name": sets.reading(
        sets.changed(CHROME, OTHER_VERSION | OTHER_SYSTEM)
    )
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "another version alone": sets.reading(sets.changed(CHROME, OTHER_VERSION)),
    "another system alone": sets.reading(sets.changed(CHROME, OTHER_SYSTEM)),
    "android as a desktop": sets.reading(sets.changed(CHROME, {
        **OTHER_VERSION, b"User-Agent": sets.PIXEL_UA, b"sec-ch-ua-platform": b'"Linux"',
    })),
    "a system to come": sets.reading(sets.changed(CHROME, {
        **OTHER_VERSION, b"sec-ch-ua-platform": b'"Fuchsia"',
    })),
    "chrome that an extension calls firefox": sets.reading(
        sets.changed(CHROME, {b"User-Agent": sets.FIREFOX_UA, **OTHER_SYSTEM})
    ),
    "without hints": sets.reading(sets.chromium_on_http()),
}  # fmt: skip


@pytest.mark.parametrize("reading", MUST.values(), ids=MUST)
def test_points_at_one_browser_on_top_of_another(reading):
    evidence = OtherSystem(1.6).inspect(reading)

    assert evidence == Evidence("other_system", 1.6, "another version and another system in one browser")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_one_difference(reading):
    assert OtherSystem(1.6).inspect(reading) is None
