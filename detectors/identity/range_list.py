"""A published list of ranges is read strictly: one that is not what it should be is refused as a whole."""

import json
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

MAX_PREFIXES = 20_000  # the longest known list has 1,200
WIDEST = {4: 8, 6: 20}  # bits; nobody crawls from more than a sixteen-millionth of IPv4
MOST_IPV4 = 1 << 25  # addresses in all
# RFC 4291 section 2.4: nothing else is assigned to anybody. Below lies all of IPv4, mapped and translated.
GLOBAL_UNICAST = IPv6Network("2000::/3")
FOREIGN = tuple(
    map(
        ip_network,
        # RFC 1122, 1918, 3927, 6598, 5771, 1112; Teredo and 6to4, which hold IPv4 as well
        (
            *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
            *("100.64.0.0/10", "224.0.0.0/4", "240.0.0.0/4", "2001::/32", "2002::/16"),
        ),
    )
)
KEYS = (
    "ipv4Prefix",
    "ipv6Prefix",
    "ipPrefix",
    "ip_prefix",
    "ipv6_prefix",
    "prefix",
    "cidr",
    "ip",
    "ip_address",
)
LISTS = ("prefixes", "ipv6_prefixes", "ranges", "ips", "ip_addresses", "addresses")

Network = IPv4Network | IPv6Network


class BadListError(ValueError):
    """The list cannot be used, and why."""


def prefixes_of(body: bytes) -> tuple[str, ...]:
    """The collapsed CIDR prefixes of a published list, JSON or one per line. Raises BadListError.

    JSON is what Google began (`{"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, ...]}`) and others took over,
    any mapping with one of LISTS, or a plain list; entries are texts or mappings with one of KEYS.
    """
    networks: list[Network] = []
    for text in _texts(body):
        if len(networks) >= MAX_PREFIXES:
            raise BadListError(f"more than {MAX_PREFIXES} prefixes")
        networks.append(_network(text))
    if not networks:
        raise BadListError("no prefixes")
    four = list(collapse_addresses([each for each in networks if isinstance(each, IPv4Network)]))
    six = list(collapse_addresses([each for each in networks if isinstance(each, IPv6Network)]))
    whole: list[Network] = [*four, *six]
    for each in whole:
        _check_width(each)
    if sum(each.num_addresses for each in four) > MOST_IPV4:
        raise BadListError("holds too large a part of all addresses")
    return tuple(map(str, whole))


def _texts(body: bytes) -> Iterator[str]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadListError("not text") from None
    if not text.lstrip().startswith(("{", "[")):
        yield from filter(None, (line.partition("#")[0].strip() for line in text.splitlines()))
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadListError("not JSON") from None
    yield from _entries(document)


def _entries(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        found = [document[name] for name in LISTS if isinstance(document.get(name), list)]
        if not found:
            raise BadListError("holds no list of prefixes")
    else:
        found = [document]
    for entries in found:
        for entry in entries:
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, dict):
                yield from (entry[key] for key in KEYS if isinstance(entry.get(key), str))
            else:
                raise BadListError("an entry is neither a text nor a mapping")


def _network(text: str) -> Network:
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadListError(f"no network: {text[:60]!r}") from None
    _check_width(network)
    if not network.is_global or not _is_public(network):
        raise BadListError(f"not public: {network}")
    return network


def _is_public(network: Network) -> bool:
    """False where any part of it is private, or is IPv4 in another shape."""
    if isinstance(network, IPv6Network) and not (
        network.subnet_of(GLOBAL_UNICAST) and network.network_address.scope_id is None
    ):
        return False
    return not any(network.overlaps(each) for each in FOREIGN if each.version == network.version)


def _check_width(network: Network) -> None:
    if network.prefixlen < WIDEST[network.version]:
        raise BadListError(f"wider than /{WIDEST[network.version]}: {network}")
