"""The order of a copied header set is nobody's."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.moved_headers import ORDERS, MovedHeaders, moved_of
from tests.support import header_sets as sets
from tests.support.requests import CHROME

SORTED = (CHROME[0], *sorted(CHROME[1:], key=lambda header: header[0].lower()))
FIREFOX = sets.firefox()
SORTED_FIREFOX = (FIREFOX[0], *sorted(FIREFOX[1:]))
EXTRA = ((b"DNT", b"1"), (b"Cookie", b"a=b"), (b"Referer", b"https://shop.example.com/"), (b"Sec-GPC", b"1"))
FEW = ((b"Host", b"shop"), *((name, content) for name, content in CHROME[5:8]))


def moved(headers, *, back, name):
    """`headers` with the one called `name` so many places further back."""
    at = next(place for place, header in enumerate(headers) if header[0] == name)
    rest = [*headers[:at], *headers[at + 1 :]]
    return (*rest[: at + back], headers[at], *rest[at + back :])


BACKWARDS = (CHROME[0], *reversed(CHROME[1:]))
TWO_MOVED = moved(moved(CHROME, back=6, name=b"User-Agent"), back=5, name=b"sec-ch-ua")
REDIRECTED = (*CHROME[:2], *CHROME[5:12], *CHROME[2:5], *CHROME[12:])
MUST = {
    "sorted by name": (sets.reading(SORTED), 4.0, 7),
    "backwards": (sets.reading(BACKWARDS), 4.0, 10),
    "firefox, sorted": (sets.reading(SORTED_FIREFOX), 4.0, 3),
    "two moved weigh half": (sets.reading(TWO_MOVED), 2.0, 2),
    "a front that keeps the order is no excuse": (sets.reading((*BACKWARDS, (b"Via", b"1.1 x"))), 4.0, 10),
    "hints in firefox's order": (sets.reading((*sets.firefox(sets.CHROME_WINDOWS_UA), *CHROME[2:5])), 4.0, 5),
}
MUST_NOT = {
    "chrome": sets.reading(CHROME),
    "chrome after a redirect": sets.reading(REDIRECTED),
    "chrome on http": sets.reading(sets.chromium_on_http()),
    "firefox": sets.reading(FIREFOX),
    "with headers that come and go": sets.reading((*CHROME[:9], *EXTRA, *CHROME[9:])),
    "one moved": sets.reading(moved(CHROME, back=9, name=b"sec-ch-ua")),
    "safari's order changes": sets.reading(sets.safari(sets.IPHONE_UA)),
    "firefox that an extension calls chrome": sets.reading(sets.firefox(sets.CHROME_WINDOWS_UA)),
    "chrome that an extension calls firefox": sets.reading(
        sets.changed(CHROME, {b"User-Agent": sets.FIREFOX_UA})
    ),
    "sorted by a front": sets.reading(sets.as_go_writes(CHROME)),
    "too few to tell": sets.reading((FEW[0], *reversed(FEW[1:]))),
    "a script's call": sets.reading(
        sets.changed((CHROME[0], *reversed(CHROME[1:])), {b"Sec-Fetch-Dest": b"empty", b"Accept": b"*/*"})
    ),
    "no browser": sets.reading(sets.changed(SORTED, {b"User-Agent": b"shop-app/1.0"})),
    "no headers": sets.reading(()),
}


@pytest.mark.parametrize(("reading", "weight", "count"), MUST.values(), ids=MUST)
def test_points_at_an_order_that_no_browser_has(reading, weight, count):
    evidence = MovedHeaders(4.0).inspect(reading)

    assert evidence == Evidence("moved_headers", weight, f"{count} headers are out of their browser's order")


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_and_whom_it_cannot_judge(reading):
    assert MovedHeaders(4.0).inspect(reading) is None


def test_the_order_is_told_from_names_alone_whatever_the_version_to_come():
    coming = sets.changed(CHROME, {
        b"User-Agent": sets.CHROME_WINDOWS_UA.replace(b"130", b"399"),
        b"sec-ch-ua": b'"Chromium";v="399", "Google Chrome";v="399", "Not=A/Brand";v="1"',
    })  # fmt: skip

    assert MovedHeaders(4.0).inspect(sets.reading(coming)) is None


@pytest.mark.parametrize(
    ("names", "moves"),
    [("abcdefg", 0), ("gabcdef", 1), ("gfabcde", 2), ("gfedcba", 6), ("abcxyz", 0), ("ab", 0), ("ba", 0)],
)
def test_counts_the_fewest_moves(names, moves):
    order = {letter.encode(): place for place, letter in enumerate("abcdefg")}

    assert moved_of([letter.encode() for letter in names], order) == moves


def test_the_shipped_table_knows_chromium_and_gecko_only():
    assert set(ORDERS) == {Engine.CHROMIUM, Engine.GECKO}
