"""Who may use what we sealed: one site, one browser, and softly some networks and one way to speak TLS."""

from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from detectors.request import Request
from detectors.value import value

DIGEST_BYTES = 8
IPV4_PREFIX = 24
IPV6_PREFIX = 48
REMEMBERED = 4096  # addresses, of 0.2 KB each
MAX_NETWORKS = 4  # home and mobile, each with two protocols


@value
class Binding:
    """Digests of a site's name, of a user agent, of network prefixes in a row, and the cipher part of a JA4.

    `tls` is empty where it is not known. Of a JA4 only the ciphers count: its other parts change when a
    browser resumes a session.
    """

    site: bytes
    agent: bytes
    networks: bytes
    tls: bytes

    def fits(self, other: "Binding") -> bool:
        """True where site and browser are the same."""
        return self.site == other.site and self.agent == other.agent

    def moved(self, sender: "Binding") -> bool:
        """True where the sender's network is a new one, or another program seems to speak for it.

        Phones change networks on the way home: that is worth a question, and never more.
        """
        if sender.networks not in self.each_network():
            return True
        return bool(self.tls and sender.tls and self.tls != sender.tls)

    def joined(self, earlier: "Binding | None") -> "Binding":
        """This binding with the networks of an earlier one, so that going back asks nothing."""
        if earlier is None or not self.fits(earlier):
            return self
        kept = [self.networks, *(each for each in earlier.each_network() if each != self.networks)]
        return Binding(self.site, self.agent, b"".join(kept[:MAX_NETWORKS]), self.tls)

    def each_network(self) -> list[bytes]:
        """The digests of the networks, one by one."""
        known = self.networks
        return [known[place : place + DIGEST_BYTES] for place in range(0, len(known), DIGEST_BYTES)]


def binding_of(request: Request, site: str) -> Binding:
    """The binding of what this request's sender may hold."""
    agent = request.fields.get(b"user-agent", b"")
    return Binding(
        _digest(site.encode("utf-8", "surrogatepass")),
        _digest(agent),
        _network(request.address),
        _ciphers(request),
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


@lru_cache(maxsize=REMEMBERED)
def _network(address: str) -> bytes:
    """Asked three times for one answer, and reading an address takes 10 µs."""
    return _digest(network_prefix(address).encode("utf-8", "surrogatepass"))


def forget_networks() -> None:
    """Remember no address."""
    _network.cache_clear()


def _ciphers(request: Request) -> bytes:
    tls = request.tls
    parts = [] if tls is None else tls.ja4.split("_")
    return parts[1].encode("utf-8", "surrogatepass")[:12] if len(parts) == 3 else b""


def _digest(content: bytes) -> bytes:
    return sha256(content).digest()[:DIGEST_BYTES]
