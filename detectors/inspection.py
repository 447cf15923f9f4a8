"""One look at a request: all evidence that its headers, its claimed identity and its sender's doings give."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import islice, repeat
from typing import TypeVar

from detectors.evidence import Evidence, total_log_odds
from detectors.fingerprint.header_fingerprint import fingerprint_of
from detectors.fingerprint.reading import READ, agent_name, is_page, is_trustworthy, reading_of
from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.identity.ranges import Ranges, address_of, shipped_ranges
from detectors.registry import (
    BEHAVIOUR,
    FINGERPRINT,
    IDENTITY,
    WEIGHTS,
    BehaviourDetector,
    FingerprintDetector,
    IdentityDetector,
)
from detectors.request import Request
from detectors.value import value
from detectors.visit import Visit

MAX_SIGHTINGS = 8192  # about 1.5 KB each, at most 20 MB when every one is hostile
MAX_CLAIMS = 4096
MAX_KEY_BYTES = 1024  # longer names or values are remembered by their digest
ABSENT = repeat(b"")

Key = TypeVar("Key")
Item = TypeVar("Item")


@value
class Sighting:
    """What the headers alone tell; the same for every request with the same header fingerprint and values.

    `id` is our header fingerprint, 12 hexadecimal characters. `evidence` is strongest first, staged evidence
    (weight 0) included; `log_odds` is its sum. `claim` knows no address yet: see `Inspector.claim`.
    `faults` names detectors that failed.
    """

    id: str
    evidence: tuple[Evidence, ...]
    log_odds: float
    claim: BotClaim
    agent: str
    faults: tuple[str, ...] = ()


class Inspector:
    """All detectors with their weights, and a bounded memory of what they said."""

    __slots__ = ("_behaviour", "_claims", "_fingerprint", "_identity", "_ranges", "_sightings")

    def __init__(
        self,
        weights: Mapping[str, float],
        *,
        fingerprint: Mapping[str, type[FingerprintDetector]] = FINGERPRINT,
        behaviour: Mapping[str, type[BehaviourDetector]] = BEHAVIOUR,
        ranges: Mapping[str, Ranges] | None = None,
    ) -> None:
        """`weights` overrides defaults by evidence id; unknown ids are the configuration's to refuse.

        `ranges` are the address ranges of bots by name; the shipped snapshot where None.
        """
        self._fingerprint = {id: kind(weights.get(id, kind.default)) for id, kind in fingerprint.items()}
        self._behaviour = {id: kind(weights.get(id, kind.default)) for id, kind in behaviour.items()}
        self._identity: dict[str, IdentityDetector] = {
            id: kind(weights.get(id, WEIGHTS[id])) for id, kind in IDENTITY.items()
        }
        self._ranges = shipped_ranges() if ranges is None else ranges
        self._sightings: dict[object, Sighting] = {}
        self._claims: dict[tuple[str, str], BotClaim] = {}

    def sighting(self, request: Request) -> Sighting:
        """What the headers of `request` tell. 1 µs where they were seen before, else up to 300 µs."""
        key = sighting_key(request)
        known = self._sightings.get(key)
        if known is not None:
            return known
        sighting = self._look(request)
        remember(self._sightings, key, sighting, MAX_SIGHTINGS)
        return sighting

    def claim(self, sighting: Sighting, address: str) -> BotClaim:
        """The sighting's claim, completed: verified, spoofed or unverified by the client's address."""
        claim = sighting.claim
        if claim is NO_CLAIM or claim.name not in self._ranges:
            return claim
        key = (claim.name, address)
        known = self._claims.get(key)
        if known is not None and known.category == claim.category:
            return known
        completed = completed_claim(claim, self._ranges[claim.name], address)
        remember(self._claims, key, completed, MAX_CLAIMS)
        return completed

    def identity(self, claim: BotClaim) -> list[Evidence]:
        """What a completed claim tells."""
        if claim is NO_CLAIM:
            return []
        return [found for each in self._identity.values() if (found := each.inspect(claim)) is not None]

    def behaviour(self, visit: Visit, now: float, faults: list[str] | None = None) -> list[Evidence]:
        """What the sender's doings tell. A detector that fails says nothing; its id is appended to `faults`."""
        evidence: list[Evidence] = []
        for id, detector in self._behaviour.items():
            try:
                found = detector.inspect(visit, now)
            except Exception:  # noqa: BLE001  one faulty detector must not fail a request
                if faults is not None:
                    faults.append(id)
                continue
            if found is not None:
                evidence.append(found)
        return evidence

    def _look(self, request: Request) -> Sighting:
        reading = reading_of(request)
        evidence: list[Evidence] = []
        faults: list[str] = []
        for id, detector in self._fingerprint.items():
            try:
                found = detector.inspect(reading)
            except Exception:  # noqa: BLE001  one faulty detector must not fail a request
                faults.append(id)
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


def sighting_key(request: Request) -> tuple[object, ...]:
    """All that a sighting depends on. The parser lets no line feed into names or values, so joining is unambiguous."""
    headers = request.headers
    names = b"\n".join(next(zip(*headers, strict=True))) if headers else b""
    values = b"\n".join(map(request.fields.get, READ, ABSENT))
    if len(names) > MAX_KEY_BYTES:
        names = blake2b(names).digest()
    if len(values) > MAX_KEY_BYTES:
        values = blake2b(values).digest()
    return names, values, request.http_version, is_page(request), is_trustworthy(request)


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


def strongest_first(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """`evidence` by falling weight, then by id, so that the detectors' order does not show."""
    return tuple(sorted(evidence, key=lambda found: (-abs(found.log_odds), found.id)))


def remember(memory: dict[Key, Item], key: Key, item: Item, most: int) -> None:
    """Store `item`; where `memory` is full, its older half goes first, so that a flood cannot grow it."""
    if len(memory) >= most:
        for old in list(islice(memory, most // 2)):
            del memory[old]
    memory[key] = item
