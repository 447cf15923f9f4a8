"""Every browser says its name."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.no_user_agent import NoUserAgent
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "absent": (sets.reading(sets.changed(CHROME, {b"User-Agent": None})), "no User-Agent"),
    "empty": (sets.reading(((b"User-Agent", b""),)), "no User-Agent"),
    "blank": (sets.reading(((b"User-Agent", b"  "),)), "no User-Agent"),
}
MUST_NOT = {"chrome": sets.reading(CHROME), "curl": sets.reading(((b"User-Agent", b"curl/8.9"),))}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_nameless_client(reading, reason):
    evidence = NoUserAgent(1.5).inspect(reading)

    assert evidence == Evidence("no_user_agent", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_whoever_gives_a_name(reading):
    evidence = NoUserAgent(1.5).inspect(reading)

    assert evidence is None
