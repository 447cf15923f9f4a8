"""An address that was typed in, and a page that led there."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.fetch_site import FetchSite
from tests.support import header_sets as sets
from tests.support.requests import CHROME

SEARCH = b"https://www.google.com/"


def led_by(referrer, site=b"none", headers=CHROME):
    return sets.reading(sets.changed(headers, {b"Referer": referrer, b"Sec-Fetch-Site": site}))


MUST = {
    "a search engine": led_by(SEARCH),
    "a search engine without a path": led_by(b"https://www.google.com"),
    "with a port": led_by(b"http://news.example.net:8080/a"),
    "firefox": led_by(SEARCH, headers=sets.firefox()),
    "another top-level domain": led_by(b"https://shop.example.org/"),
}
MUST_NOT = {
    "a typed address": sets.reading(CHROME),
    "from a search engine": led_by(SEARCH, b"cross-site"),
    "a reload of a page of the shop": led_by(b"https://shop.example.com/lamps"),
    "from another host of the same site": led_by(b"https://www.Example.com/"),
    "from a mail app": led_by(b"android-app://com.google.android.gm/"),
    "from an address in brackets": led_by(b"http://[::1]/"),
    "no address": led_by(b"://"),
    "not an address": led_by(b"\xff\xfe"),
    "empty": led_by(b" "),
    "plain http": sets.reading((*sets.chromium_on_http(), (b"Referer", SEARCH))),
    "no browser": led_by(SEARCH, headers=((b"User-Agent", b"shop-app/1"), (b"Sec-Fetch-Site", b"none"))),
}


@pytest.mark.parametrize("reading", MUST.values(), ids=MUST)
def test_points_at_a_referer_that_led_nowhere(reading):
    evidence = FetchSite(1.0).inspect(reading)

    assert evidence == Evidence("fetch_site", 1.0, "Sec-Fetch-Site is none, Referer is another site's")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_what_browsers_do(reading):
    assert FetchSite(1.0).inspect(reading) is None
