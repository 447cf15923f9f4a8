"""Traps move, and whoever keeps to some robots.txt that it was given is never caught."""

import pytest

from proxy.robots.trap_paths import PERIOD_S, Traps, known_paths, trap_path

SECRET, SITE = b"s" * 32, "shop"
DAY = 86_400.0
NOW = 1000.5 * PERIOD_S


@pytest.mark.parametrize("age", [0.0, DAY, 6 * DAY, 13 * DAY])
def test_a_link_leads_to_a_trap_for_two_weeks(age):
    link = trap_path(SITE, SECRET, NOW - age) + "ab"

    assert Traps(SECRET).hold(SITE, link, NOW)
    assert not Traps(SECRET).hold(SITE, link, NOW + 3 * PERIOD_S)


@pytest.mark.parametrize("kept", [0.0, DAY])
@pytest.mark.parametrize("linked", [0.0, 8 * DAY, 20 * DAY])
@pytest.mark.parametrize("hours", range(0, 24 * 8, 6))
def test_a_file_of_today_names_every_trap_that_an_old_page_leads_to(kept, linked, hours):
    now = NOW + 3600.0 * hours
    file = known_paths(SITE, SECRET, now - kept)
    link = trap_path(SITE, SECRET, now - linked)

    assert link in file or not Traps(SECRET).hold(SITE, link + "ab", now)


def test_other_sites_have_other_traps():
    assert not {*known_paths("outlet", SECRET, NOW)} & {*known_paths(SITE, SECRET, NOW)}
