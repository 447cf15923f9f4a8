"""Membership in named networks is that of the ipaddress module, only faster."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.networks import MEMO, Networks

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
