"""Who may use what we sealed: one site, one browser, and softly one network."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from detectors.request import Request
from detectors.value import value

DIGEST_BYTES = 8
IPV4_PREFIX = 24
IPV6_PREFIX = 48


@value
class Binding:
    """Digests of a site's name, of a user agent and of a network prefix."""

    site: bytes
    agent: bytes
    network: bytes

    def fits(self, other: "Binding") -> bool:
        """True where site and browser are the same."""
        return self.site == other.site and self.agent == other.agent

    def moved(self, other: "Binding") -> bool:
        """True where the network differs: phones change it on the way home, so it is a hint and no more."""
        return self.network != other.network


def binding_of(request: Request, site: str) -> Binding:
    """The binding of what this request's sender may hold."""
    agent = request.fields.get(b"user-agent", b"")
    return Binding(
        _digest(site.encode("utf-8", "surrogatepass")),
        _digest(agent),
        _digest(network_prefix(request.address).encode("utf-8", "surrogatepass")),
    )


def network_prefix(address: str) -> str:
    """The /24 or /48 around an address; the text itself where it is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ip_network((int(parsed), IPV4_PREFIX), strict=False))


def _digest(content: bytes) -> bytes:
    return sha256(content).digest()[:DIGEST_BYTES]
