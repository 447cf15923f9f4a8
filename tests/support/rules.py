"""Rules for tests: one condition, compiled as the loader compiles it, asked about one visit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from challenges.rung import Rung
from config.cel.facts import facts_by_name
from config.cel.rules import Compiler, Ladder, Matcher
from config.decision import Action, Band
from config.list_kinds import Kind, Listing, read_lines
from config.rule import Rule
from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.evidence import Evidence
from detectors.identity.bot_claim import NO_CLAIM, BotClaim
from detectors.request import Request
from detectors.sighting import Sighting
from detectors.visit import Visit
from tests.support.requests import a_request

SIGHTING = Sighting(id="0123456789ab", evidence=(), log_odds=0.0, claim=NO_CLAIM, agent="Chrome")
LADDER: Ladder = dict.fromkeys((None, *Band), Rung.POW)


def a_first_visit(request: Request | None = None, **changes: Any) -> Visit:
    """A visit by somebody unknown, whose one request both clients have counted."""
    request = request or a_request()
    ip, session = Client("ip", request.arrived), Client("session", request.arrived)
    for client in (ip, session):
        client.arrive(step_of(request), request.arrived)
    return replace(Visit(request, ip, session), **changes)


def a_rule(
    when: str = "true", *, name: str = "rule", action: Action = Action.THROTTLE, own: bool = True
) -> Rule:
    """A rule that throttles unless a case says otherwise."""
    return Rule(name, when, action, "", f"rule {name} applies", "operator" if own else "default", own)


def a_matcher(
    *rules: Rule | str,
    networks: Mapping[str, Sequence[str]] = {},
    lists: Mapping[str, tuple[Kind, Sequence[str]]] = {},
    routes: tuple[str, ...] | None = None,
    evidence: tuple[str, ...] = (),
    ladder: Ladder = LADDER,
) -> Matcher:
    """The compiled set of `rules`; a text stands for a rule with that condition."""
    every = {f"networks.{name}": (Kind.NETWORKS, cidrs) for name, cidrs in networks.items()}
    every |= {f"lists.{name}": listed for name, listed in lists.items()}
    listings = {name: Listing(kind, read_lines(kind, lines)[0]) for name, (kind, lines) in every.items()}
    compiler = Compiler(listings, facts_by_name(routes, evidence))
    whole = [rule if isinstance(rule, Rule) else a_rule(rule) for rule in rules]
    return compiler.matcher([compiler.condition(rule) for rule in whole], ladder)


def place_of(
    matcher: Matcher,
    visit: Visit | None = None,
    *,
    claim: BotClaim = NO_CLAIM,
    risk: float | None = 4.7,
    band: Band | None = Band.TRUSTED,
    evidence: Sequence[Evidence] = (),
    faults: list[str] | None = None,
    noted: list[int] | None = None,
) -> int:
    """The place of the first rule that applies to `visit`."""
    visit = visit or a_first_visit()
    faults = [] if faults is None else faults
    return matcher(visit, SIGHTING, claim, risk, band, evidence, visit.request.arrived, faults, noted)


def applies(condition: str, visit: Visit | None = None, **facts: object) -> bool:
    """Whether the condition holds for `visit`."""
    return place_of(a_matcher(condition), visit, **facts) == 0  # type: ignore[arg-type]
