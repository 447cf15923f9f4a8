"""The one judgement: pure, total, the same for live traffic, replay and tests."""

from config.decision import Action, Decision, Mode
from config.policy import ModelLimits, Policy, RuleSet
from config.rule import Verdict
from detectors.behaviour.features import features
from detectors.evidence import Evidence, risk_of, total_log_odds
from detectors.identity.bot_claim import NO_CLAIM, BotClaim
from detectors.inspection import Inspector, Sighting, strongest_first
from detectors.model.bundle import Model
from detectors.request import Request
from detectors.visit import Ban, Visit

NOTHING_SEEN = Sighting(id="", evidence=(), log_odds=0.0, claim=NO_CLAIM, agent="")
NO_RULE = Verdict(Action.ALLOW, "", "", "", "no rule applies")
ORDERS = "orders"  # the ruleset of bans and passes, which operators give while Stile runs
TELLING = 0.5  # log-odds from which on the model's reasons are worth their time


def judge(visit: Visit, policy: Policy, mode: Mode, now: float) -> Decision:
    """Decide about one request. Never raises: what fails is named in `faults`, and accuses nobody."""
    faults: list[str] = []
    request, session = visit.request, visit.session
    sighting = _look(policy.inspector, request, faults)
    claim, evidence = _ask_identity(policy.inspector, sighting, request.address, faults)
    evidence += _ask_behaviour(policy.inspector, visit, now, faults)
    margin = None
    if policy.model is not None and session.pages + session.apis >= policy.model_limits.min_pages:
        spoken = _ask_model(policy.model, policy.model_limits, visit, now, faults)
        if spoken is not None:
            margin = spoken.log_odds
            evidence.append(spoken)
    risk = band = None
    if sighting is not NOTHING_SEEN:
        risk = risk_of(total_log_odds(policy.prior, evidence))
        band = policy.bands.of(risk)
    place = policy.rule_set.matcher(visit, sighting, claim, risk, band, evidence, now, faults)
    verdict = _verdict(policy.rule_set, place)
    if visit.ban is not None and visit.ban.until > now:
        place = policy.own_allows.matcher(visit, sighting, claim, risk, band, evidence, now, [])
        verdict = _under_order(visit.ban, _verdict(policy.own_allows, place))
    return Decision(
        Action.ALLOW if mode is Mode.MONITOR else verdict.action,
        verdict.action,
        mode,
        verdict.rule,
        verdict.ruleset,
        verdict.category,
        verdict.reason,
        risk,
        band,
        strongest_first(evidence) if len(evidence) > 1 else tuple(evidence),
        claim,
        sighting.id,
        margin,
        tuple(faults),
    )


def _verdict(rule_set: RuleSet, place: int) -> Verdict:
    """What follows from the place that a matcher found; see config/cel/rules.py."""
    if place >= 0:
        return rule_set.verdicts[place]
    return NO_RULE if place == -1 else rule_set.passed[-2 - place]


def _under_order(ban: Ban, own: Verdict) -> Verdict:
    """A pass lets everything through. A ban refuses, unless one of the operator's allow rules applies."""
    if ban.allow:
        return Verdict(Action.ALLOW, "pass", ORDERS, "", ban.reason)
    if own is not NO_RULE:
        return own
    return Verdict(Action.BLOCK, "ban", ORDERS, "", ban.reason)


def _look(inspector: Inspector, request: Request, faults: list[str]) -> Sighting:
    try:
        sighting = inspector.sighting(request)
    except Exception:  # noqa: BLE001  no detector's fault may fail a request
        faults.append("sighting")
        return NOTHING_SEEN
    if sighting.faults:
        faults += sighting.faults
    return sighting


def _ask_identity(
    inspector: Inspector, sighting: Sighting, address: str, faults: list[str]
) -> tuple[BotClaim, list[Evidence]]:
    """The completed claim, and all evidence so far."""
    evidence = list(sighting.evidence)
    if sighting.claim is NO_CLAIM:
        return NO_CLAIM, evidence
    try:
        claim = inspector.claim(sighting, address)
        return claim, evidence + inspector.identity(claim)
    except Exception:  # noqa: BLE001  no detector's fault may fail a request
        faults.append("identity")
        return sighting.claim, evidence


def _ask_behaviour(inspector: Inspector, visit: Visit, now: float, faults: list[str]) -> list[Evidence]:
    try:
        return inspector.behaviour(visit, now, faults)
    except Exception:  # noqa: BLE001  no detector's fault may fail a request
        faults.append("behaviour")
        return []


def _ask_model(
    model: Model, limits: ModelLimits, visit: Visit, now: float, faults: list[str]
) -> Evidence | None:
    """The model's margin within its limits, with the behaviour that moved it."""
    try:
        values = features(visit.session, now)
        margin = min(max(model.margin(values), limits.lower), limits.upper)
        reason = "behaviour is ordinary"
        if not -TELLING < margin < TELLING:
            reason = ", ".join(model.reasons(values)) or reason
        return Evidence("model", margin, reason)
    except Exception:  # noqa: BLE001  a broken model must not take the storefront down
        faults.append("model")
        return None
