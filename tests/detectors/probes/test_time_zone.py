"""People mostly live where their language is spoken."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.time_zone import TimeZone
from tests.support.requests import a_request
from tests.support.testimonies import told

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"

MUST = {
    "a server's zone": (told(tz="UTC"), "a consumer's system in a server's time zone"),
    "japanese in europe": (told(la="ja", tz="Europe/Berlin"), "a language far from its time zone"),
    "polish in america": (told(la="pl-PL,pl", tz="America/New_York"), "a language far from its time zone"),
}
MUST_NOT = {
    "plain chrome": told(),
    "at home": told(la="ja-JP,ja", tz="Asia/Tokyo"),
    "with english beside it": told(la="ja,en-US,en", tz="Europe/Berlin"),
    "spanish anywhere": told(la="es", tz="Asia/Tokyo"),
    "linux in UTC": told(ua=FIREFOX, tz="UTC"),
    "not told": told("tz"),
    "no language": told("la"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_somebody_far_from_home(testimony, reason):
    evidence = TimeZone(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_time_zone", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_languages_of_the_world(testimony):
    assert TimeZone(1.5).inspect(testimony, a_request()) is None
