"""Addresses and hosts have one form; anything else is refused with what it should look like."""

import pytest

from config.addresses import AddressFault, host_and_port, host_of, upstream_of
from config.settings import Upstream

ADDRESSES = {"0.0.0.0:80": ("0.0.0.0", 80), "[::1]:8080": ("::1", 8080), "localhost:0": ("localhost", 0)}
NO_ADDRESSES = ["", ":80", "80", "a", "a:", "a:b", "a:-1", "a:65536", "::1:80", "a:٣"]
UPSTREAMS = {
    "http://a": Upstream("http", "a", 80),
    "https://a/": Upstream("https", "a", 443),
    "http://[::1]:81": Upstream("http", "::1", 81),
}
NO_UPSTREAMS = [
    "",
    "a",
    "a:80",
    "ftp://a",
    "http://",
    "http://a/b",
    "http://a?b",
    "http://u:p@a",
    "http://[::1",
]
HOSTS = {"A.example": "a.example", "*.a.example": "*.a.example", "*": "*", "a": "a", "[::1]": "[::1]"}
NO_HOSTS = ["", "*.", "a..b", "a b", "a/b", "a.*.b", "a:80", "http://a", "**"]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES.items())
def test_reads_addresses(text, expected):
    assert host_and_port(text) == expected


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_refuses_what_is_no_address(text):
    with pytest.raises(AddressFault):
        host_and_port(text)


@pytest.mark.parametrize(("text", "expected"), UPSTREAMS.items())
def test_reads_upstreams(text, expected):
    assert upstream_of(text) == expected


@pytest.mark.parametrize("text", NO_UPSTREAMS)
def test_refuses_what_is_no_upstream(text):
    with pytest.raises(AddressFault):
        upstream_of(text)


@pytest.mark.parametrize(("text", "expected"), HOSTS.items())
def test_reads_hosts(text, expected):
    assert host_of(text) == expected


@pytest.mark.parametrize("text", NO_HOSTS)
def test_refuses_what_is_no_host(text):
    with pytest.raises(AddressFault):
        host_of(text)
