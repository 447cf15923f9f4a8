"""Browsers speak a language."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.missing_language import MissingLanguage
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "page": (sets.reading(sets.changed(CHROME, {b"Accept-Language": None})), "no Accept-Language"),
    "picture": (sets.reading(sets.FORGED_REQUESTS, path="/shoe.jpg"), "no Accept-Language"),
    "no more than every browser says": (
        sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": b"Mozilla/5.0"})),
        "no Accept-Language",
    ),
    "internet explorer had one": (
        sets.reading(sets.changed(sets.FORGED_REQUESTS, {b"User-Agent": sets.INTERNET_EXPLORER_UA})),
        "no Accept-Language",
    ),
    "no user agent either": (sets.reading(((b"Host", b"shop"),)), "no Accept-Language"),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "empty is not absent": sets.reading(sets.changed(CHROME, {b"Accept-Language": b""})),
    "app": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"okhttp/4.12.0"))),
    "bot that says mozilla, too": sets.reading(
        ((b"Host", b"shop"), (b"User-Agent", b"Mozilla/5.0 (compatible; Googlebot/2.1)"))
    ),
    "bot under its own name": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"Googlebot/2.1"))),
    "safari's web socket": sets.reading(
        ((b"Host", b"shop"), (b"User-Agent", sets.IPHONE_UA), (b"Sec-WebSocket-Key", b"x"))
    ),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_browser_without_a_language(reading, reason):
    evidence = MissingLanguage(1.5).inspect(reading)

    assert evidence == Evidence("missing_language", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_whoever_names_one_or_is_no_browser(reading):
    evidence = MissingLanguage(1.5).inspect(reading)

    assert evidence is None
