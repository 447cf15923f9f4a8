"""A language that is every language."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.any_language import AnyLanguage
from tests.support import header_sets as sets
from tests.support.requests import CHROME


def in_language(content, **changes):
    headers = tuple((name, content if name == b"Accept-Language" else old) for name, old in CHROME)
    return sets.reading(sets.changed(headers, {name.encode(): text for name, text in changes.items()}))


MUST = {
    "node's fetch": in_language(b"*"),
    "empty": in_language(b""),
    "internet explorer": in_language(b"*", **{"User-Agent": sets.INTERNET_EXPLORER_UA}),
}
MUST_NOT = {
    "english": in_language(b"en-US,en;q=0.9"),
    "german, then any": in_language(b"de,*;q=0.5"),
    "none at all is another's business": sets.reading(sets.changed(CHROME, {b"Accept-Language": None})),
    "an app": sets.reading(((b"Host", b"shop"), (b"User-Agent", b"shop-app/1"), (b"Accept-Language", b"*"))),
}


@pytest.mark.parametrize("reading", MUST.values(), ids=MUST)
def test_points_at_a_browser_that_speaks_everything(reading):
    evidence = AnyLanguage(2.2).inspect(reading)

    assert evidence == Evidence("any_language", 2.2, "Accept-Language names no language")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_whoever_names_one(reading):
    assert AnyLanguage(2.2).inspect(reading) is None
