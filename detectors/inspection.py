"""One look at a request: all evidence that its headers, its claimed identity and its sender's doings give."""

from collections.abc import Hashable, Iterable, Mapping
from itertools import islice
from operator import itemgetter
from typing import TypeVar

from detectors.behaviour.detectors import OF_ANYBODY
from detectors.evidence import Evidence, total_log_odds
from detectors.fingerprint.header_fingerprint import fingerprint_of
from detectors.fingerprint.reading import (
    KEEP_ALIVE,
    NO_LANGUAGES,
    agent_name,
    contradicts_referrer,
    is_local,
    is_page_path,
    reading_of,
)
from detectors.identity.bot_catalogue import catalogue
from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.identity.operators import OPERATORS
from detectors.identity.proof import NO_PROOF, HostName, Proof
from detectors.identity.ranges import Ranges, address_of, shipped_ranges
from detectors.probes.detectors import ProbeDetector
from detectors.probes.testimony import Testimony
from detectors.registry import (
    BEHAVIOUR,
    FINGERPRINT,
    IDENTITY,
    PROBES,
    WEIGHTS,
    BehaviourDetector,
    FingerprintDetector,
    IdentityDetector,
)
from detectors.request import Request
from detectors.sighting import Sighting
from detectors.visit import Visit

MAX_SIGHTINGS = 8192  # 0.7 KB each, at most 25 MB when all are hostile
MAX_CLAIMS = 4096
MAX_KEY_BYTES = 2048  # browsers need 700; whoever sends more is looked at anew each time
NAME = itemgetter(0)

Key = tuple[bytes | str | bool | tuple[str, bool | None] | None, ...]
Place = TypeVar("Place", bound=Hashable)
Item = TypeVar("Item")


class Inspector:
    """All detectors with their weights, and a bounded memory of what they said."""

    __slots__ = (
        "_behaviour",
        "_claims",
        "_fingerprint",
        "_identity",
        "_of_anybody",
        "_probes",
        "_ranges",
        "_sightings",
        "weights",
    )

    def __init__(
        self,
        weights: Mapping[str, float],
        *,
        fingerprint: Mapping[str, type[FingerprintDetector]] = FINGERPRINT,
        behaviour: Mapping[str, type[BehaviourDetector]] = BEHAVIOUR,
        probes: Mapping[str, type[ProbeDetector]] = PROBES,
        ranges: Mapping[str, Ranges] | None = None,
    ) -> None:
        """`weights` overrides defaults by evidence id; unknown ids are the configuration's to refuse.

        `ranges` are the address ranges of bots by name; the shipped snapshot where None.
        """
        self.weights = {**WEIGHTS, **weights}
        self._fingerprint = {
            name: kind(weights.get(name, kind.default)) for name, kind in fingerprint.items()
        }
        self._behaviour = {name: kind(weights.get(name, kind.default)) for name, kind in behaviour.items()}
        self._probes = {name: kind(weights.get(name, kind.default)) for name, kind in probes.items()}
        self._of_anybody = {name: self._behaviour[name] for name in OF_ANYBODY if name in self._behaviour}
        self._identity: dict[str, IdentityDetector] = {
            name: kind(weights.get(name, WEIGHTS[name])) for name, kind in IDENTITY.items()
        }
        self._ranges = shipped_ranges() if ranges is None else ranges
        self._sightings: dict[Key, Sighting] = {}
        self._claims: dict[tuple[str, str], BotClaim] = {}
        catalogue()  # made here, before the first request, which would wait 30 ms for it

    def sighting(self, request: Request) -> Sighting:
        """What the headers of `request` tell. 1.3 µs where they were seen before, else about 85."""
        key = sighting_key(request)
        known = self._sightings.get(key)
        if known is not None:
            return known
        sighting = self._look(request)
        if key_bytes(key) <= MAX_KEY_BYTES:
            remember(self._sightings, key, sighting, MAX_SIGHTINGS)
        return sighting

    def know_ranges(self, ranges: Mapping[str, Ranges]) -> None:
        """Complete claims by other ranges from now on: a newer list was published."""
        if self._ranges is not ranges:
            self._ranges = ranges
            self._claims.clear()

    def claim(self, sighting: Sighting, address: str, proof: Proof = NO_PROOF) -> BotClaim:
        """The sighting's claim, completed: verified, spoofed or unverified.

        A valid signature tells who it is, whatever the user agent says. Else the claimed name is proven by
        the address or by the host name, and disproven by either where the operator has no others.
        """
        signer = proof.signer
        if signer is not None:
            return BotClaim(signer.name, signer.category, BotStatus.VERIFIED, "signature")
        claim = self.claim_by_range(sighting.claim, address)
        if claim.status is BotStatus.VERIFIED or proof.host_name is HostName.UNKNOWN:
            return claim
        return named_claim(claim, proof.host_name)

    def claim_by_range(self, claim: BotClaim, address: str) -> BotClaim:
        """`claim` completed by the address alone; remembered."""
        if claim is NO_CLAIM or claim.name not in self._ranges:
            return claim
        key = (claim.name, address)
        known = self._claims.get(key)
        if known is not None and known.category == claim.category:
            return known
        completed = completed_claim(claim, self._ranges[claim.name], address)
        remember(self._claims, key, completed, MAX_CLAIMS)
        return completed

    def forget_claims(self) -> None:
        """Remember nobody's address any more."""
        self._claims.clear()

    def identity(self, claim: BotClaim) -> list[Evidence]:
        """What a completed claim tells."""
        if claim is NO_CLAIM:
            return []
        return [found for each in self._identity.values() if (found := each.inspect(claim)) is not None]

    def behaviour(self, visit: Visit, now: float, faults: list[str] | None = None) -> list[Evidence]:
        """What the sender's doings tell. A detector that fails is named in `faults`."""
        evidence: list[Evidence] = []
        detectors = self._of_anybody if visit.session.is_many else self._behaviour
        for name, detector in detectors.items():
            try:
                found = detector.inspect(visit, now)
            except Exception:  # noqa: BLE001  one faulty detector must not fail a request
                if faults is not None:
                    faults.append(name)
                continue
            if found is not None:
                evidence.append(found)
        return evidence

    def probes(
        self, testimony: Testimony, request: Request, faults: list[str] | None = None
    ) -> tuple[Evidence, ...]:
        """What a page's testimony tells, strongest first. A probe that fails is named in `faults`."""
        evidence: list[Evidence] = []
        for name, probe in self._probes.items():
            try:
                found = probe.inspect(testimony, request)
            except Exception:  # noqa: BLE001  one faulty probe must not fail a person's answer
                if faults is not None:
                    faults.append(name)
                continue
            if found is not None:
                evidence.append(found)
        return strongest_first(evidence)

    def _look(self, request: Request) -> Sighting:
        reading = reading_of(request)
        evidence: list[Evidence] = []
        faults: list[str] = []
        for name, detector in self._fingerprint.items():
            try:
                found = detector.inspect(reading)
            except Exception:  # noqa: BLE001  one faulty detector must not fail a request
                faults.append(name)
                continue
            if found is not None:
                evidence.append(found)
        return Sighting(
            id=fingerprint_of(reading.names, request.http_version),
            evidence=strongest_first(evidence),
            log_odds=total_log_odds(0.0, evidence),
            claim=reading.claim,
            agent=agent_name(reading),
            faults=tuple(sorted(faults)),
        )


def sighting_key(request: Request) -> Key:
    """All that a sighting depends on: header names, values in READ, protocol, kinds of path and origin, TLS.

    The parser lets no line feed into a name, so joining is unambiguous. Spelled out: it runs per request.
    """
    get = request.fields.get
    destination, tls = get(b"sec-fetch-dest"), request.tls
    return (
        b"\n".join(map(NAME, request.headers)),
        get(b"user-agent"),
        get(b"accept"),
        get(b"accept-encoding"),
        get(b"sec-ch-ua"),
        get(b"sec-ch-ua-mobile"),
        get(b"sec-ch-ua-platform"),
        destination,
        get(b"sec-fetch-mode"),
        request.http_version,
        request.scheme == "https" or is_local(request.host),
        destination is None and is_page_path(request.path),
        get(b"accept-language") in NO_LANGUAGES,
        get(b"connection") == KEEP_ALIVE,
        contradicts_referrer(request),
        None if tls is None else (tls.ja4, tls.grease),
    )


def key_bytes(key: Key) -> int:
    """How much text a key holds on to."""
    return sum(len(part) for part in key if isinstance(part, bytes))


def completed_claim(claim: BotClaim, ranges: Ranges, address: str) -> BotClaim:
    """`claim` with the status that `address` gives it: only a published list can prove a name false."""
    found = address_of(address)
    if found is None:
        return claim
    if ranges.hold(found):
        return BotClaim(claim.name, claim.category, BotStatus.VERIFIED, "range")
    if ranges.published:
        return BotClaim(claim.name, claim.category, BotStatus.SPOOFED, "range")
    return claim


def named_claim(claim: BotClaim, host_name: HostName) -> BotClaim:
    """`claim` with what its host name adds to what the address told."""
    if host_name is HostName.CONFIRMED:
        return BotClaim(claim.name, claim.category, BotStatus.VERIFIED, "dns")
    operator = OPERATORS.get(claim.name)
    if (
        host_name is HostName.FOREIGN
        and claim.status is BotStatus.UNVERIFIED
        and operator
        and operator.all_names
    ):
        return BotClaim(claim.name, claim.category, BotStatus.SPOOFED, "dns")
    return claim


def strongest_first(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """`evidence` by falling weight, then by id, so that the detectors' order does not show."""
    return tuple(sorted(evidence, key=lambda found: (-abs(found.log_odds), found.id)))


def remember(memory: dict[Place, Item], key: Place, item: Item, most: int) -> None:
    """Store `item`; where `memory` is full, its older half goes first, so that a flood cannot grow it."""
    if len(memory) >= most:
        for old in list(islice(memory, most // 2)):
            del memory[old]
    memory[key] = item
