"""One identity, one key: a client has the same text in every worker, on every node and in the store."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from zlib import crc32

SHARDS = 256  # hash tags: enough to spread over any cluster, few enough that a batch shares some of them
CACHED_ADDRESSES = 65_536
SUBSCRIBER_PREFIX = 64  # an IPv6 subscriber owns at least a /64 (RFC 6177), so its parts are one client

SESSION_MARK = "s="  # no address begins with it


def ip_key(address: str, site: str = "") -> str:
    """The client key of an address: the IPv4 address itself, or the /64 that holds an IPv6 address.

    With `site`, the same address is another client on every site. Text that is no address is its own key.
    """
    key = address if ":" not in address else _subscriber(address)
    return f"{site}/{key}" if site else key


def session_key(session: str, site: str = "") -> str:
    """The client key of a first-party session, which no address can equal."""
    return f"{site}/{SESSION_MARK}{session}" if site else SESSION_MARK + session


def order_key(text: str) -> str:
    """The form in which orders about an IP, a CIDR or a session are kept: equal orders have equal keys.

    Host bits of a CIDR are cleared; a CIDR that is one client (IPv4 /32, IPv6 /64 and longer) is its key.
    """
    try:
        if "/" not in text:
            return ip_key(str(ip_address(text)))
        network = ip_network(text, strict=False)
    except ValueError:
        return text
    longest = 32 if network.version == 4 else SUBSCRIBER_PREFIX
    return ip_key(str(network.network_address)) if network.prefixlen >= longest else str(network)


def store_key(prefix: str, client_key: str) -> bytes:
    """The key in Redis. In braces is its hash tag: 256 of them spread the clients over a cluster."""
    key = client_key.encode("utf-8", "surrogateescape")
    return b"%b{%02x}%b" % (prefix.encode(), crc32(key) % SHARDS, key)


@lru_cache(CACHED_ADDRESSES)
def _subscriber(address: str) -> str:
    try:
        whole = IPv6Address(address)
    except ValueError:
        return address
    if whole.ipv4_mapped is not None:
        return str(whole.ipv4_mapped)
    upper = int(whole) >> SUBSCRIBER_PREFIX << SUBSCRIBER_PREFIX
    return f"{IPv6Address(upper)}/{SUBSCRIBER_PREFIX}"
