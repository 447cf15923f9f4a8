"""Whose request this is: the rightmost hop that we do not trust, and nobody further left."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_address

from proxy.http1.header_block import HeaderBlock

Prefix = IPv4Network | IPv6Network

_TOKEN = re.compile(rb"[A-Za-z0-9.!#$%&'*+^_`|~-]+")
_FORWARDED_FOR = re.compile(rb'(?:^|[;\s])for\s*=\s*("[^"]*"|[^;,\s]+)', re.IGNORECASE)
MAX_CHAIN_BYTES = 2048
MAX_HOPS = 32  # a longer chain is somebody's joke; the nearest hops are the ones that count


def plain_address(text: str) -> str | None:
    """The canonical address in `text`, without port, brackets, zone or IPv4 mapping; else None."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def peer_of(text: str) -> str:
    """A peer's address as the kernel writes it, without IPv4 mapping and zone."""
    return text.removeprefix("::ffff:").partition("%")[0]


class Trust:
    """Which peers may say whom they speak for. Bounded memo: an address is looked up once."""

    def __init__(self, prefixes: Iterable[Prefix], header: str) -> None:
        # memos over bound methods would hold on to themselves, and to all that they know, for ever
        self._header = header.lower().encode("ascii")
        self.covers = lru_cache(maxsize=4096)(partial(_covered, tuple(prefixes)))
        self._behind = lru_cache(maxsize=8192)(partial(_walked, self._header, self.covers))

    def forget(self) -> None:
        """Remember no address that was looked up."""
        self.covers.cache_clear()
        self._behind.cache_clear()

    def client_of(self, peer: str, block: HeaderBlock) -> str:
        """The client behind a trusted `peer`: the rightmost untrusted hop of the configured header.

        An unreadable hop ends the walk: nothing left of it can be believed.
        """
        chain = block.fields.get(self._header)
        if chain is None:
            return peer
        if self._header in block.repeated:
            chain = b",".join(content for name, content in block.headers if name.lower() == self._header)
        return self._behind(peer, chain[-MAX_CHAIN_BYTES:])  # the memo is bounded in bytes too


def _covered(prefixes: tuple[Prefix, ...], address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in prefix for prefix in prefixes if prefix.version == parsed.version)


def _walked(header: bytes, covers: Callable[[str], bool], peer: str, chain: bytes) -> str:
    client = peer
    for hop in reversed(_hops(header, chain)[-MAX_HOPS:]):
        address = plain_address(hop)
        if address is None:
            break
        client = address
        if not covers(address):
            break
    return client


def _hops(header: bytes, chain: bytes) -> list[str]:
    if header == b"forwarded":  # RFC 7239
        found = [_FORWARDED_FOR.search(part) for part in chain.split(b",")]
        return [match[1].decode("latin-1") if match else "unknown" for match in found]
    return chain.decode("latin-1").split(",")


def forwarded_lines(client: str, peer: str, host: bytes, scheme: str) -> bytes:
    """X-Forwarded-* and Forwarded from the trusted view: the client, then the trusted peer if any."""
    chain = client if peer == client else f"{client}, {peer}"
    node = f'"[{client}]"' if ":" in client else client
    quoted = host if _TOKEN.fullmatch(host) else b'"%b"' % host  # RFC 7239 section 4
    return (
        b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\nX-Forwarded-Host: %b\r\n"
        b"Forwarded: for=%b;host=%b;proto=%b\r\n"
        % (
            chain.encode("ascii"),
            scheme.encode("ascii"),
            host,
            node.encode("ascii"),
            quoted,
            scheme.encode("ascii"),
        )
    )
