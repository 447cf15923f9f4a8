"""A rollout takes a sticky share of clients, and only ever adds to it."""

import pytest

from config.rollout import takes_part

ADDRESSES = [f"10.{number >> 8}.{number & 255}.7" for number in range(4000)]


@pytest.mark.parametrize("percent", [0.5, 10.0, 50.0, 100.0])
def test_takes_about_the_share_that_it_is_told(percent):
    taken = sum(takes_part("slow", address, percent) for address in ADDRESSES)

    assert taken == pytest.approx(len(ADDRESSES) * percent / 100.0, rel=0.15, abs=12)


def test_a_larger_share_keeps_everybody_who_was_in_the_smaller():
    lost = [a for a in ADDRESSES if takes_part("slow", a, 10.0) and not takes_part("slow", a, 20.0)]

    assert lost == []


def test_two_rules_take_different_clients():
    both = sum(takes_part("slow", a, 50.0) and takes_part("stop", a, 50.0) for a in ADDRESSES)

    assert both == pytest.approx(len(ADDRESSES) / 4, rel=0.15)


def test_the_addresses_of_one_subscriber_stand_together():
    places = {takes_part("slow", f"2001:db8::{number:x}", 50.0) for number in range(64)}

    assert len(places) == 1
