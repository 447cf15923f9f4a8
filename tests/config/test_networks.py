"""Membership in named networks is that of the ipaddress module, only faster."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.networks import MANY, MEMO, SIX, Networks, span_of

LIST = ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "0.0.0.0/32")


@pytest.mark.parametrize("address", ["10.1.2.3", "192.0.2.7", "2001:db8::1", "0.0.0.0"])
def test_holds_the_addresses_of_its_networks(address):
    assert address in Networks(LIST)


@pytest.mark.parametrize("address", ["11.0.0.1", "192.0.2.8", "2001:db9::1", "", "shop", "10.0.0.0/8"])
def test_holds_no_others(address):
    assert address not in Networks(LIST)


@given(st.ip_addresses())
def test_agrees_with_ipaddress(address):
    whole = [ip_network(text) for text in LIST]

    assert (str(address) in Networks(LIST)) == any(ip_address(address) in network for network in whole)


def test_answers_the_same_after_its_memory_was_full():
    networks = Networks(LIST)
    for number in range(MEMO + 10):
        assert f"11.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" not in networks

    assert "10.1.2.3" in networks


@given(st.lists(st.ip_addresses(v=4), min_size=1, max_size=20), st.ip_addresses(v=4))
def test_a_long_list_agrees_with_ipaddress(firsts, address):
    many = [f"{number >> 8 & 255}.{number & 255}.7.0/25" for number in range(MANY)]
    listed = [ip_network((each, length), strict=False) for length, each in enumerate(firsts, 8)]

    inside = str(address) in Networks([*many, *map(str, listed)])

    octets = address.packed
    is_one_of_many = (octets[0] << 8) + octets[1] < MANY and octets[2] == 7 and octets[3] < 128
    assert inside == (is_one_of_many or any(address in network for network in listed))


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "192.0.2.7", "0.0.0.0/0", "10.0.0.0/255.0.0.0", "2001:db8::/32", "::/0"]
)
def test_a_network_spans_what_ipaddress_says(text):
    network = ip_network(text)

    bits = network.max_prefixlen

    span = span_of(text)

    assert divmod(span % SIX, 1 << bits) == (int(network[0]), int(network[-1]))
    assert (span >= SIX) is (network.version == 6)


@pytest.mark.parametrize(
    "text", ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "/8", "1.2.3.04", "\0", "é", "::/129"]
)
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match=r"must be a network|bits set beyond"):
        span_of(text)


def test_the_whole_of_a_version_holds_its_last_address():
    whole = Networks(["0.0.0.0/0", "::/0"])

    assert "255.255.255.255" in whole
    assert "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" in whole
