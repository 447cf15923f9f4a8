"""Asks the DNS, and tells an answer, a conclusive no, and trouble apart."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename
from dns.nameserver import Do53Nameserver

from detectors.value import value


@value
class Answer:
    """Texts of one record set, empty where there is none for certain; `ttl_s` is how long that holds."""

    texts: tuple[str, ...]
    ttl_s: float


class DnsTroubleError(Exception):
    """No answer, or none that says anything: time-outs, refusals, server failures, broken packets."""


class Resolver(Protocol):
    """The two questions of forward-confirmed reverse DNS. Both raise DnsTroubleError."""

    async def names_of(self, address: str) -> Answer:
        """The host names that the address's owner gives it (PTR)."""
        ...

    async def addresses_of(self, name: str, *, version: int) -> Answer:
        """The addresses that the name's owner gives it (A for IPv4, AAAA for IPv6)."""
        ...


class SystemResolver:
    """Asks `servers` (address and port), the system's own where empty; no search domains.

    `timeout_s` is for one question, however many servers are asked. A system that names no servers has
    trouble with every question, and no other.
    """

    def __init__(self, servers: Sequence[tuple[str, int]] = (), *, timeout_s: float = 2.0) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [Do53Nameserver(address, port) for address, port in servers]
        if not servers:
            with suppress(dns.resolver.NoResolverConfiguration):
                self._resolver = dns.asyncresolver.Resolver()
        self._resolver.lifetime = timeout_s
        self._resolver.timeout = timeout_s / 2
        self._resolver.cache = None

    async def names_of(self, address: str) -> Answer:
        """See Resolver."""
        return await self._ask(dns.reversename.from_address(address), dns.rdatatype.PTR)

    async def addresses_of(self, name: str, *, version: int) -> Answer:
        """See Resolver."""
        kind = dns.rdatatype.A if version == 4 else dns.rdatatype.AAAA
        return await self._ask(dns.name.from_text(name, dns.name.root), kind)

    async def _ask(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Answer:
        try:
            found = await self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return Answer((), 0.0)
        except (dns.exception.DNSException, OSError, ValueError, EOFError) as error:
            raise DnsTroubleError(type(error).__name__) from None
        if found.rrset is None:
            return Answer((), 0.0)
        return Answer(tuple(record.to_text() for record in found.rrset), float(found.rrset.ttl))
