"""Agents that name no browser."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.unknown_agent import UnknownAgent
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "app": (sets.reading(((b"User-Agent", b"okhttp/4.12.0"),)), "the user agent names no browser"),
    "home-made": (sets.reading(((b"User-Agent", b"price check 2"),)), "the user agent names no browser"),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "lynx": sets.reading(((b"User-Agent", b"Lynx/2.8.9rel.1"),)),
    "declared bot": sets.reading(((b"User-Agent", b"Googlebot/2.1"),)),
    "nameless": sets.reading(()),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_an_agent_that_nobody_knows(reading, reason):
    evidence = UnknownAgent(1.5).inspect(reading)

    assert evidence == Evidence("unknown_agent", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_bots_and_the_nameless(reading):
    evidence = UnknownAgent(1.5).inspect(reading)

    assert evidence is None
