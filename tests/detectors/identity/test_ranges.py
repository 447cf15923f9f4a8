"""Addresses and the ranges that hold them."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as some

from detectors.identity.ranges import address_of, ranges_of, shipped_ranges

PREFIXES = ("66.249.64.0/27", "192.0.2.7/32", "2001:4860:4801:10::/64", "::ffff:198.51.100.0/120")
INSIDE = (
    "66.249.64.0",
    "66.249.64.31",
    "192.0.2.7",
    "2001:4860:4801:10::1",
    "198.51.100.9",
    "::ffff:192.0.2.7",
)
OUTSIDE = ("66.249.63.255", "66.249.64.32", "192.0.2.8", "2001:4860:4801:11::", "0.0.0.0", "::")


@pytest.mark.parametrize("address", INSIDE)
def test_hold_an_address_inside(address):
    assert ranges_of(PREFIXES, published=True).hold(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_do_not_hold_an_address_outside(address):
    assert not ranges_of(PREFIXES, published=True).hold(ip_address(address))


@given(some.ip_addresses())
def test_say_what_a_plain_walk_over_the_prefixes_says(address):
    prefixes = ["0.0.0.0/2", "200.0.0.0/8", "8000::/3", "2001:db8::/32"]

    plain = getattr(address, "ipv4_mapped", None) or address  # an IPv4 client of a dual-stack listener

    assert ranges_of(prefixes, published=True).hold(address) == any(
        plain in ip_network(prefix) for prefix in prefixes
    )


def test_no_ranges_hold_nothing():
    assert not ranges_of((), published=True).hold(ip_address("::1"))


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "fe80::1%x y z", "1.2.3.4:80"])
def test_what_is_no_address_has_none(text):
    found = address_of(text)

    assert found is None or str(found) == text


def test_the_shipped_snapshot_knows_googles_own_example():
    # developers.google.com/search/docs/crawling-indexing/verifying-googlebot
    assert shipped_ranges()["googlebot"].hold(ip_address("66.249.66.1"))
