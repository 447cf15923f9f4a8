"""Which addresses we may be sent to by somebody else's word: public ones, and no way round that."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

GLOBAL_UNICAST = ip_network("2000::/3")  # RFC 4291 section 2.4: nothing else is assigned to anybody
# Teredo and 6to4 lead to IPv4 addresses, private ones as well. What NAT64 translates lies outside 2000::/3.
TUNNELS = (ip_network("2001::/32"), ip_network("2002::/16"))


def is_public(text: str) -> bool:
    """True where `text` is an address that anybody on the internet may have. False for text that is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return is_public_address(address)


def is_public_address(address: IPv4Address | IPv6Address) -> bool:
    """True for a public unicast address: not private, shared (RFC 6598), local, reserved or tunnelled."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return True
    if address.scope_id is not None or address.ipv4_mapped is not None or address not in GLOBAL_UNICAST:
        return False
    return not any(address in tunnel for tunnel in TUNNELS)
