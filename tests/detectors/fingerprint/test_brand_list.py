"""Whose names stand in the client hints."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.brand_list import BrandList
from tests.support import header_sets as sets
from tests.support.requests import CHROME


def listing(brands, user_agent=sets.CHROME_WINDOWS_UA):
    return sets.reading(sets.changed(CHROME, {b"sec-ch-ua": brands, b"User-Agent": user_agent}))


MUST = {
    "no chromium": (
        listing(b'"Google Chrome";v="130", "Not?A_Brand";v="99"'),
        "the client hints do not name Chromium",
    ),
    "no made-up brand": (
        listing(b'"Chromium";v="130", "Google Chrome";v="130"'),
        "the client hints make up no brand",
    ),
    "edge by its user agent alone": (
        listing(b'"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"', sets.EDGE_UA),
        "Edge in the user agent or in the client hints, not in both",
    ),
    "edge by its hints alone": (
        listing(b'"Chromium";v="130", "Microsoft Edge";v="130", "Not?A_Brand";v="99"'),
        "Edge in the user agent or in the client hints, not in both",
    ),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "edge": listing(b'"Chromium";v="130", "Microsoft Edge";v="130", "Not?A_Brand";v="99"', sets.EDGE_UA),
    "edge inside an application": listing(
        b'"Microsoft Edge";v="130", "Microsoft Edge WebView2";v="1", "Chromium";v="130", "Not A Brand";v="9"',
        sets.EDGE_UA,
    ),
    "brave, which goes by chrome's name": listing(
        b'"Brave";v="147", "Not.A/Brand";v="8", "Chromium";v="147"'
    ),
    "chromium as linux builds it": listing(b'"Chromium";v="147", "Not.A/Brand";v="8"'),
    "vivaldi": listing(b'"Chromium";v="130", "Vivaldi";v="7.0", "Not?A_Brand";v="99"'),
    "samsung": listing(
        b'"Samsung Internet";v="26.0", "Not(A:Brand";v="24", "Chromium";v="122"', sets.SAMSUNG_UA
    ),
    "an app's web view": listing(
        b'"Android WebView";v="129", "Not=A?Brand";v="8", "Chromium";v="129"', sets.WEBVIEW_UA
    ),
    "made up as in version 98": listing(b'" Not A;Brand";v="99", "Chromium";v="98", "Google Chrome";v="98"'),
    "made up with a quote": listing(rb'"\\Not\\\\A\"Brand";v="99", "Chromium";v="84", "Not;A Brand";v="9"'),
    "emptied by an app": listing(b'""'),
    "without a value": listing(b" "),
    "a user agent switched to an older edge, which client_hints weighs": listing(
        b'"Chromium";v="145", "Not:A-Brand";v="99"', sets.EDGE_UA
    ),
    "a user agent switched to edge on windows, which client_hints weighs": sets.reading(
        sets.chromium_on_https(sets.EDGE_UA, b'"Chromium";v="130", "Not?A_Brand";v="99"', b'"Linux"')
    ),
    "unreadable": listing(b"\xff\xfe;v="),
    "no hints": sets.reading(sets.chromium_on_http()),
    "firefox, which client_hints knows": listing(b'"Google Chrome";v="130"', sets.FIREFOX_UA),
}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_list_that_no_browser_sends(reading, reason):
    assert BrandList(1.5).inspect(reading) == Evidence("brand_list", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_every_brand_built_on_chromium(reading):
    assert BrandList(1.5).inspect(reading) is None
