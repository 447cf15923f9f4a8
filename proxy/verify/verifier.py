"""What can be found out about who somebody claims to be: asked for the few who claim anything at all."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from config.settings import Bots, Site
from detectors.identity.bot_claim import NO_CLAIM, BotStatus
from detectors.identity.operators import OPERATORS, Operator
from detectors.identity.proof import NO_PROOF, HostName, Proof
from detectors.inspection import Inspector, remember
from detectors.visit import Visit
from proxy.verify.book import Book
from proxy.verify.host_names import HostNames
from proxy.verify.message_signature import BadSignatureError
from proxy.verify.published import FILE
from proxy.verify.resolver import Resolver, SystemResolver
from proxy.verify.web_bot_auth import WebBotAuth

READ_S = 10.0
FAILURES = 30  # refused signatures from one address in a minute, after which no more are looked at
FAILURE_WINDOW_S = 60.0
MAX_ADDRESSES = 4096


class Verifier:
    """One worker's; `looked_up` counts what came of look-ups and signatures, by method and outcome."""

    def __init__(self, directory: Path, bots: Bots, resolver: Resolver | None = None) -> None:
        self._book = Book(directory / FILE, bots)
        self._web_bot_auth = WebBotAuth(bots.agents, {})
        self._failures: dict[str, tuple[int, float]] = {}
        self._resolver = resolver
        self.looked_up: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.host_names: HostNames | None = None
        self.reload(bots)

    def reload(self, bots: Bots) -> None:
        """Verify by other settings from now on."""
        if self.host_names is not None:
            self.host_names.close()
        self.host_names = None
        if bots.dns:
            resolver = self._resolver or SystemResolver(bots.dns_servers)
            self.host_names = HostNames(
                resolver, wait_s=bots.dns_wait_s, per_second=bots.dns_per_second, counts=self.looked_up
            )
        self._book.follow(bots)
        self._book.read()
        self._web_bot_auth.agents = bots.agents

    async def follow(self, sites: Callable[[], Iterable[Site]]) -> None:
        """Read what the node fetched, for ever, and tell the sites' inspectors of it."""
        loop = asyncio.get_running_loop()
        while True:
            await loop.run_in_executor(None, self._book.read)
            self.tell(sites())
            await asyncio.sleep(READ_S)

    def tell(self, sites: Iterable[Site]) -> None:
        """Let the sites' inspectors know the ranges that are known here."""
        self._web_bot_auth.keys = self._book.keys
        for site in sites:
            site.policy.inspector.know_ranges(self._book.ranges)

    def proven(self, visit: Visit, authority: bytes) -> Visit:
        """`visit` with what is known about its sender without waiting."""
        signed = b"signature-input" in visit.request.fields and self._web_bot_auth.agents
        proof = self._by_signature(visit, authority) if signed else NO_PROOF
        sighting = visit.sighting
        if proof is NO_PROOF and sighting is not None and sighting.claim is not NO_CLAIM:
            proof = self._by_host_name(sighting.claim.name, visit.request.address)
        return visit if proof is NO_PROOF else replace(visit, proof=proof)

    def ask(self, visit: Visit, inspector: Inspector, ready: Callable[[], None]) -> bool:
        """Find out the host name where that could prove something. True where `ready` will be called soon."""
        sighting, host_names = visit.sighting, self.host_names
        if host_names is None or sighting is None or visit.proof is not NO_PROOF:
            return False
        operator = _with_host_names(sighting.claim.name)
        if operator is None:
            return False
        address = visit.request.address
        if inspector.claim_by_range(sighting.claim, address).status is BotStatus.VERIFIED:
            return False
        return host_names.ask(sighting.claim.name, address, operator.suffixes, ready)

    def forget(self) -> None:
        """Remember nobody's address any more."""
        self._failures.clear()
        if self.host_names is not None:
            self.host_names.forget()

    def close(self) -> None:
        """Stop asking."""
        if self.host_names is not None:
            self.host_names.close()

    def _by_host_name(self, bot: str, address: str) -> Proof:
        if self.host_names is None or _with_host_names(bot) is None:
            return NO_PROOF
        known = self.host_names.known(bot, address)
        return NO_PROOF if known is HostName.UNKNOWN else Proof(host_name=known)

    def _by_signature(self, visit: Visit, authority: bytes) -> Proof:
        request = visit.request
        now, address = request.arrived, request.address
        count, until = self._failures.get(address, (0, now + FAILURE_WINDOW_S))
        if until <= now:
            count, until = 0, now + FAILURE_WINDOW_S
        if count >= FAILURES:
            self.looked_up["signature", "dropped"] += 1
            return NO_PROOF
        try:
            signer = self._web_bot_auth.signer_of(request, authority, now)
        except BadSignatureError:
            remember(self._failures, address, (count + 1, until), MAX_ADDRESSES)
            self.looked_up["signature", "refused"] += 1
            return NO_PROOF
        self.looked_up["signature", "verified"] += 1
        return Proof(signer=signer)


def _with_host_names(bot: str) -> Operator | None:
    operator = OPERATORS.get(bot)
    return operator if operator is not None and operator.suffixes else None
