import pytest

from challenges.binding import binding_of, network_prefix
from tests.support.requests import a_request

PREFIXES = {
    "203.0.113.7": "203.0.113.0/24",
    "2001:db8:1:2::3": "2001:db8:1::/48",
    "::ffff:203.0.113.7": "203.0.113.0/24",
    "fe80::1%eth0": "fe80::/48",
    "": "",
    "unix:": "unix:",
}


@pytest.mark.parametrize(("address", "prefix"), PREFIXES.items())
def test_the_network_of_an_address(address, prefix):
    assert network_prefix(address) == prefix


HERE = binding_of(a_request(address="203.0.113.7"), "shop")
OTHERS = {
    "the same": (binding_of(a_request(address="203.0.113.7"), "shop"), True, False),
    "a neighbour": (binding_of(a_request(address="203.0.113.99"), "shop"), True, False),
    "another network": (binding_of(a_request(address="198.51.100.7"), "shop"), True, True),
    "the other protocol": (binding_of(a_request(address="2001:db8::1"), "shop"), True, True),
    "another site": (binding_of(a_request(address="203.0.113.7"), "blog"), False, False),
    "another browser": (binding_of(a_request(headers=((b"User-Agent", b"x"),)), "shop"), False, False),
    "no user agent": (binding_of(a_request(headers=()), "shop"), False, False),
}


@pytest.mark.parametrize(("other", "fits", "moved"), OTHERS.values(), ids=OTHERS)
def test_site_and_browser_must_fit_and_the_network_may_change(other, fits, moved):
    assert (HERE.fits(other), HERE.moved(other)) == (fits, moved)
