from dataclasses import replace
from itertools import pairwise

import pytest

from challenges import binding
from challenges.binding import (
    DIGEST_BYTES,
    MAX_NETWORKS,
    Binding,
    binding_of,
    forget_networks,
    network_prefix,
)
from detectors.request import Tls
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


def at(address: str) -> Binding:
    return binding_of(a_request(address=address), "shop")


HERE = at("203.0.113.7")
OTHERS = {
    "the same": (at("203.0.113.7"), True, False),
    "a neighbour": (at("203.0.113.99"), True, False),
    "another network": (at("198.51.100.7"), True, True),
    "the other protocol": (at("2001:db8::1"), True, True),
    "another site": (binding_of(a_request(address="203.0.113.7"), "blog"), False, False),
    "another browser": (binding_of(a_request(headers=((b"User-Agent", b"x"),)), "shop"), False, False),
    "no user agent": (binding_of(a_request(headers=()), "shop"), False, False),
}


@pytest.mark.parametrize(("other", "fits", "moved"), OTHERS.values(), ids=OTHERS)
def test_site_and_browser_must_fit_and_the_network_may_change(other, fits, moved):
    assert (HERE.fits(other), HERE.moved(other)) == (fits, moved)


def speaking(ja4: str) -> Binding:
    return binding_of(replace(a_request(), tls=Tls("TLSv1.3", "shop.example.com", ja4)), "shop")


SPEAKERS = {
    "the same": ("t13d1516h2_8daaf6152771_d8a2da3f94cd", False),
    "a resumed session": ("t13d1517h2_8daaf6152771_b6f405a00624", False),
    "another program": ("t13d3112h2_e8f1e7e78f70_d8a2da3f94cd", True),
    "nobody knows": ("", False),
}


@pytest.mark.parametrize(("ja4", "moved"), SPEAKERS.values(), ids=SPEAKERS)
def test_another_way_to_speak_tls_counts_as_moved(ja4, moved):
    assert speaking("t13d1516h2_8daaf6152771_d8a2da3f94cd").moved(speaking(ja4)) is moved


def test_who_has_passed_in_two_networks_has_moved_in_neither():
    both = at("2001:db8::1").joined(HERE)

    assert (both.moved(HERE), both.moved(at("2001:db8::1")), both.moved(at("198.51.100.7"))) == (
        False,
        False,
        True,
    )


def test_only_so_many_networks_are_remembered_and_the_newest_come_first():
    addresses = [f"198.51.{number}.1" for number in range(MAX_NETWORKS + 1)]
    held = at(addresses[0])
    for address in addresses[1:]:
        held = at(address).joined(held)

    assert [held.moved(at(address)) for address in addresses] == [True] + [False] * MAX_NETWORKS
    assert len(held.networks) == MAX_NETWORKS * DIGEST_BYTES


def test_coming_back_takes_no_second_place():
    here, there = at("203.0.113.7"), at("198.51.100.7")
    held = here.joined(there.joined(here))

    assert len(held.networks) == 2 * DIGEST_BYTES


@pytest.mark.parametrize("earlier", [None, *(other for other, fits, _ in OTHERS.values() if not fits)])
def test_nobody_elses_networks_are_joined(earlier):
    assert HERE.joined(earlier) == HERE


def test_a_piece_of_two_digests_is_no_network():
    networks = [at(f"198.51.{number}.1").networks for number in range(3)]
    held = replace(HERE, networks=b"".join(networks))
    across = [held.networks[DIGEST_BYTES // 2 :][:DIGEST_BYTES] for _ in pairwise(networks)]

    assert all(held.moved(replace(HERE, networks=piece)) for piece in across)


def test_an_address_is_forgotten_when_it_has_to_be():
    binding_of(a_request(address="192.0.2.77"), "shop")
    forget_networks()

    assert binding._network.cache_info().currsize == 0
