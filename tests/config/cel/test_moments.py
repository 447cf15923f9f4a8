from datetime import UTC, datetime

import pytest

from config.cel.moments import part_of, stamp, zone_of
from tests.support.requests import a_request
from tests.support.rules import a_first_visit, a_matcher, place_of

SUNDAY = datetime(2026, 3, 29, 23, 30, 15, tzinfo=UTC)  # summer time begins in Berlin on this day

PARTS = {
    ("year", "UTC"): 2026,
    ("month", "UTC"): 2,
    ("day_of_year", "UTC"): 87,
    ("day_of_month", "UTC"): 28,
    ("day_of_month_1_based", "UTC"): 29,
    ("day_of_week", "UTC"): 0,
    ("hours", "UTC"): 23,
    ("minutes", "UTC"): 30,
    ("seconds", "UTC"): 15,
    ("hours", "Europe/Berlin"): 1,
    ("day_of_week", "Europe/Berlin"): 1,
    ("hours", "-08:30"): 15,
    ("hours", "02:00"): 1,
}


@pytest.mark.parametrize(("part", "number"), PARTS.items())
def test_the_calendar_is_that_of_the_zone(part, number):
    name, zone = part

    assert part_of(name, SUNDAY.timestamp(), zone) == number


HOLDS = {
    "night in Berlin": ('now.getHours("Europe/Berlin") < 6', True),
    "night in UTC": ("now.getHours() < 6", False),
    "before a moment": ('now < timestamp("2026-03-29T23:30:16Z")', True),
    "at a moment": ('now == timestamp("2026-03-30T01:30:15+02:00")', True),
    "after a moment": ('now >= timestamp("2026-03-30T00:00:00Z")', False),
    "on Sundays": ("now.getDayOfWeek() == 0", True),
    "seconds in a zone": ("now.getSeconds('Europe/Berlin') == 15", True),
}


@pytest.mark.parametrize(("condition", "holds"), HOLDS.values(), ids=HOLDS)
def test_a_rule_can_ask_what_time_it_is(condition, holds):
    visit = a_first_visit(a_request(arrived=SUNDAY.timestamp()))

    assert (place_of(a_matcher(condition), visit) == 0) is holds


@pytest.mark.parametrize("text", ["", "2026-12-01", "2026-12-01T18:00:00", "2026-13-01T00:00:00Z", "now"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"moment|month"):
        stamp(text)


@pytest.mark.parametrize("name", ["Europe/Berln", "../etc/passwd", "25", "CEST?"])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ValueError, match="there is no time zone"):
        zone_of(name)
