"""An address speaks for a subscriber, a subscriber's neighbours for a subnet."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

CACHED_ADDRESSES = 4096
SUBSCRIBER_PREFIX = 64  # an IPv6 subscriber owns at least a /64 (RFC 6177), so its parts are one client
SUBNET_PREFIX = {4: 24, 6: 48}  # what one customer of a hoster or one company typically owns


def subscriber_of(address: str) -> str:
    """An IPv4 address itself, the /64 that holds an IPv6 address; text that is no address is its own."""
    return address if ":" not in address else _subscriber(address)


@lru_cache(CACHED_ADDRESSES)
def subnet_of(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; text that is no address is its own."""
    try:
        parsed = _plain(ip_address(address))
    except ValueError:
        return address
    return str(ip_network((int(parsed), SUBNET_PREFIX[parsed.version]), strict=False))


@lru_cache(CACHED_ADDRESSES)
def _subscriber(address: str) -> str:
    try:
        whole = _plain(IPv6Address(address))
    except ValueError:
        return address
    if whole.version == 4:
        return str(whole)
    upper = int(whole) >> SUBSCRIBER_PREFIX << SUBSCRIBER_PREFIX
    return f"{IPv6Address(upper)}/{SUBSCRIBER_PREFIX}"


def forget_addresses() -> None:
    """Remember no address that was asked about."""
    subnet_of.cache_clear()
    _subscriber.cache_clear()


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that came as IPv6 (RFC 4291 section 2.5.5.2) is an IPv4 address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
