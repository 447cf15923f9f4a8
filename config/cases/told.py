"""A visit made of the facts that a case tells, in place of what would have been seen and remembered."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, log

from config.cases.schema import CaseSection, RequestFacts
from config.policy import Models, Policy, Seat
from detectors.behaviour.client import Client
from detectors.behaviour.counted import Counted
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.step import step_of
from detectors.evidence import Evidence, total_log_odds
from detectors.identity.bot_claim import BotClaim, BotStatus
from detectors.identity.proof import NO_PROOF, Proof
from detectors.inspection import Inspector
from detectors.path import normal_path
from detectors.request import Network, Request
from detectors.sighting import Sighting
from detectors.visit import Level, Visit

NAMES = frozenset(("automation_tool", "declared_bot"))  # evidence that a user agent gives by its name alone
BALANCE = "case"  # what is added so that the risk is the one that a case tells
Told = Mapping[tuple[str, ...], float]


class _ToldCounts(Counted):
    """Answers what it was told, and else what it counted."""

    __slots__ = ()
    told: Told

    def rate(self, window: str, now: float, route: str = "") -> float:
        key = ("rate", window, route) if route else ("rate", window)
        return self.told.get(key, super().rate(window, now, route))

    def page_rate(self, window: str, now: float) -> float:
        return self.told.get(("page_rate", window), super().page_rate(window, now))


class ToldClient(_ToldCounts, Client):
    """An address or a session of which a case tells."""

    __slots__ = ("told",)

    def __init__(self, key: str, now: float, told: Told) -> None:
        super().__init__(key, now)
        self.told = told
        self.requests, self.pages = _least(told, "rate"), _least(told, "page_rate")

    def count(self, name: str) -> float:
        return self.told.get(("count", name), super().count(name))

    def distinct(self, name: str = "paths") -> float:
        return self.told.get(("distinct", name), super().distinct(name))


class ToldCrowd(_ToldCounts, Crowd):
    """What many share, of which a case tells."""

    __slots__ = ("told",)

    def __init__(self, key: str, now: float, told: Told) -> None:
        super().__init__(key, now)
        self.told = told
        self.requests, self.pages = _least(told, "rate"), _least(told, "page_rate")

    def count(self, name: str) -> float:
        return self.told.get(("count", name), super().count(name))

    def distinct(self, name: str = "paths") -> float:
        return self.told.get(("distinct", name), super().distinct(name))


def _least(told: Told, question: str) -> int:
    """The count of a whole life that these rates suppose: conditions may look at it first."""
    return ceil(max((amount for key, amount in told.items() if key[0] == question), default=0.0))


class ToldInspector(Inspector):
    """Says who somebody is, and finds nothing else: a case is about the policy, not about the detectors."""

    __slots__ = ("_told_claim", "_told_evidence")

    def __init__(self, weights: Mapping[str, float], claim: BotClaim | None, *, evidence: bool) -> None:
        super().__init__(weights, behaviour={})
        self._told_claim = claim
        self._told_evidence = evidence

    def claim(self, sighting: Sighting, address: str, proof: Proof = NO_PROOF) -> BotClaim:
        return self._told_claim or super().claim(sighting, address, proof)

    def identity(self, claim: BotClaim) -> list[Evidence]:
        return [] if self._told_evidence else super().identity(claim)


def request_of(facts: RequestFacts, host: str, policy: Policy, now: float) -> Request:
    """The request that a case tells of."""
    headers = [("Host", host), *facts.headers.items()]
    if facts.user_agent and not any(name.lower() == "user-agent" for name in facts.headers):
        headers.insert(1, ("User-Agent", facts.user_agent))
    pairs = tuple(
        (name.encode("latin-1", "replace"), text.encode("utf-8", "surrogateescape")) for name, text in headers
    )
    fields: dict[bytes, bytes] = {}
    for name, content in pairs:
        fields.setdefault(name.lower(), content)
    written, _, query = facts.path.partition("?")
    path = normal_path(written.encode("utf-8", "surrogateescape"))
    method = facts.method.upper()
    return Request(
        method=method,
        target=facts.path.encode("utf-8", "surrogateescape"),
        path=path,
        query=query,
        host=host,
        scheme=facts.scheme,
        http_version=facts.http_version,
        headers=pairs,
        fields=fields,
        address=facts.ip,
        arrived=now,
        network=Network(facts.country, facts.asn, "", facts.network),
        route=policy.routes.route_of(method, path),
    )


def visit_of(case: CaseSection, request: Request, policy: Policy) -> tuple[Visit, Policy]:
    """What the judgement sees of a case, and the policy with an inspector that says what the case tells."""
    told, now, step = _told(case), request.arrived, step_of(request)
    ip, session = (ToldClient(who, now, told.get(who, {})) for who in ("ip", "session"))
    for client in (ip, session):
        client.arrive(step, now, request.route)
    for client, who in (
        (ip, "subnet"),
        (ip, "asn"),
        *((session, each) for each in ("account", "fingerprint", "tls")),
    ):
        if who in told:
            setattr(client, who, ToldCrowd(who, now, told[who]))
    claim = None
    if case.bot is not None:
        claim = BotClaim(case.bot.name, case.bot.category, BotStatus(case.bot.status))
    tells = case.evidence is not None
    inspector = ToldInspector(policy.inspector.weights, claim, evidence=tells)
    visit = Visit(
        request,
        ip,
        session,
        clearance=Level[case.client.clearance.upper()],
        degraded=case.degraded,
        step=step,
        sighting=_sighting(case, inspector, request, policy.prior, claim),
        disallowed=case.request.disallowed,
    )
    return visit, replace(policy, inspector=inspector, seat=Seat(Models()))


def _told(case: CaseSection) -> dict[str, dict[tuple[str, ...], float]]:
    """What a case tells, by identity and by question."""
    client = case.client
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for question, told in (
        ("rate", client.rates),
        ("page_rate", client.page_rates),
        ("count", client.counts),
        ("distinct", client.distinct),
    ):
        for key, amount in told.items():
            who, *words = key.split()
            found.setdefault(who, {})[(question, *words)] = amount
    return found


def _sighting(
    case: CaseSection, inspector: Inspector, request: Request, prior: float, claim: BotClaim | None
) -> Sighting:
    """What the headers tell of a name, and the evidence that the case tells in place of all other."""
    seen = inspector.sighting(request)
    if case.evidence is None:
        evidence = [each for each in seen.evidence if each.id in NAMES and claim is None]
    else:
        evidence = [Evidence(name, inspector.weights.get(name, 1.0), "told") for name in case.evidence]
    if case.risk is not None:
        missing = _log_odds(case.risk) - total_log_odds(prior, evidence)
        evidence.append(Evidence(BALANCE, missing, "told"))
    return replace(
        seen,
        evidence=tuple(evidence),
        log_odds=total_log_odds(0.0, evidence),
        claim=seen.claim if claim is None else claim,
    )


def _log_odds(risk: float) -> float:
    """What gives this risk, as `risk_of` reads it."""
    share = min(max(risk / 100.0, 1e-9), 1.0 - 1e-9)
    return log(share / (1.0 - share))
