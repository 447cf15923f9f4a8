"""Subscribers and subnets are told from addresses, in every form in which an address comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.identity.prefix import subnet_of, subscriber_of

SUBSCRIBERS = {
    "an IPv4 address is itself": ("203.0.113.7", "203.0.113.7"),
    "an IPv6 address is its /64": ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
    "however it is written": ("2001:DB8:1:2:0:0:0:1", "2001:db8:1:2::/64"),
    "a mapped address is the IPv4 one": ("::ffff:203.0.113.7", "203.0.113.7"),
    "a zone is no part of it": ("fe80::1%eth0", "fe80::/64"),
    "what is no address is its own": ("not:an:address", "not:an:address"),
    "a socket's path": ("unix:", "unix:"),
}
SUBNETS = {
    "an IPv4 address is in its /24": ("203.0.113.7", "203.0.113.0/24"),
    "an IPv6 address is in its /48": ("2001:db8:1:2:aaaa::1", "2001:db8:1::/48"),
    "a mapped address is in the IPv4 one": ("::ffff:203.0.113.7", "203.0.113.0/24"),
    "a zone is no part of it": ("fe80::1%eth0", "fe80::/48"),
    "what is no address is its own": ("not an address", "not an address"),
}


@pytest.mark.parametrize(("address", "subscriber"), SUBSCRIBERS.values(), ids=SUBSCRIBERS)
def test_an_address_has_one_subscriber(address: str, subscriber: str) -> None:
    assert subscriber_of(address) == subscriber


@pytest.mark.parametrize(("address", "subnet"), SUBNETS.values(), ids=SUBNETS)
def test_an_address_has_one_subnet(address: str, subnet: str) -> None:
    assert subnet_of(address) == subnet


@given(st.ip_addresses(v=6).map(str))
def test_neighbours_in_a_64_are_one_subscriber_in_one_subnet(address: str) -> None:
    subscriber = subscriber_of(address)
    network = subscriber.removesuffix("/64")

    assert (subscriber_of(network), subnet_of(network)) == (subscriber, subnet_of(address))


@given(st.text())
def test_any_text_is_somebody(text: str) -> None:
    assert isinstance(subscriber_of(text), str)
    assert isinstance(subnet_of(text), str)
