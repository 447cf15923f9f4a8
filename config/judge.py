"""The one judgement: pure, total, the same for live traffic, replay and tests."""

from collections.abc import Sequence

from config.decision import Action, Decision, Mode, Verdict
from config.policy import ModelLimits, Models, Policy, RuleSet
from detectors.assessment import Assessment
from detectors.behaviour.features import features
from detectors.evidence import Evidence, risk_of, total_log_odds
from detectors.identity.bot_claim import NO_CLAIM, BotClaim
from detectors.identity.proof import NO_PROOF
from detectors.inspection import Inspector, strongest_first
from detectors.model.bundle import Model
from detectors.model.opinion import Named, Opinion
from detectors.sighting import Sighting
from detectors.visit import Ban, Visit

NOTHING_SEEN = Sighting(id="", evidence=(), log_odds=0.0, claim=NO_CLAIM, agent="")
NO_RULE = Verdict(Action.ALLOW, "", "", "", "no rule applies")
ALLOW, MONITOR = Action.ALLOW, Mode.MONITOR  # read per request: see proxy/upstream.py
ORDERS = "orders"  # the ruleset of bans and passes, which operators give while Stile runs
TELLING = 0.5  # log-odds from which on the model says more than that behaviour is ordinary
# What is known of a request before bands and rules: what its headers tell, its claim, all evidence, margin,
# risk, model, challenger, whether all this is what the page told that loaded it, and what failed. No class,
# for one is made per request.
Weighed = tuple[
    Sighting,
    BotClaim,
    Sequence[Evidence],
    float | None,
    float | None,
    Named | None,
    Opinion | None,
    bool,
    list[str],
]
_IMPRESSIONS = ("behaviour is ordinary", "behaves like a bot", "behaves like a person")


def judge(visit: Visit, policy: Policy, mode: Mode, now: float) -> Decision:
    """Decide about one request. Never raises: what fails is named in `faults`, and accuses nobody.

    The caller leaves what a page load told with its session (`assessment_of`); what the page loads by itself,
    with headers that accuse nobody, is judged by that and by the rules.
    """
    return decided(visit, policy, mode, now, weighed(visit, policy, now))


def weighed(visit: Visit, policy: Policy, now: float) -> Weighed:
    """The first half of a judgement. It depends on the policy's inspector, models, their limits and prior."""
    faults: list[str] = []
    sighting = _look(policy.inspector, visit, faults)
    known, models = visit.session.assessment, policy.seat.models
    named = sighting.claim is not NO_CLAIM or visit.proof is not NO_PROOF
    if known is not None and not (sighting.evidence or named or visit.tells_more):
        evidence, model, challenger = known.evidence, known.model, known.challenger
        return sighting, NO_CLAIM, evidence, known.margin, known.risk, model, challenger, True, faults
    claim, found, margin, challenger = _assess(visit, policy, models, sighting, now, faults)
    risk = None if sighting is NOTHING_SEEN else risk_of(total_log_odds(policy.prior, found))
    return sighting, claim, found, margin, risk, models.champion, challenger, False, faults


def decided(visit: Visit, policy: Policy, mode: Mode, now: float, known: Weighed) -> Decision:
    """The second half: band, orders and rules. What fails here joins the faults of `known`."""
    sighting, claim, evidence, margin, risk, model, challenger, recalled, faults = known
    band = None if risk is None else policy.bands.of(risk)
    order = None if visit.ban is None or visit.ban.until <= now else visit.ban
    rule_set = policy.rule_set if order is None else policy.own_allows
    noted: list[int] | None = [] if rule_set.watches else None
    place = rule_set.matcher(visit, sighting, claim, risk, band, evidence, now, faults, noted)
    said = NO_RULE if place == -1 else _at(rule_set, place)
    verdict = said if order is None else _under_order(order, said)
    if verdict.action is not ALLOW and margin is not None and margin > TELLING:
        champion = policy.seat.models.champion
        speaker = champion if champion is model else None  # a successor has reasons of its own
        evidence = _explained(evidence, speaker, visit, now, margin, faults)
    return Decision(
        ALLOW if mode is MONITOR else verdict.action,
        verdict.action,
        mode,
        verdict.rule,
        verdict.ruleset,
        verdict.category,
        verdict.reason,
        risk,
        band,
        evidence if isinstance(evidence, tuple) else strongest_first(evidence),
        claim,
        sighting.id,
        sighting.agent,
        margin,
        tuple(faults),
        model,
        challenger,
        recalled,
        (verdict.ask or policy.ladder[band]) if verdict.action is Action.CHALLENGE else None,
        _noted(rule_set, noted) if noted else (),
    )


def assessment_of(visit: Visit, decision: Decision) -> Assessment | None:
    """What to leave with the session after a decision; None where the request told nothing new."""
    if not visit.tells_more:
        return None
    return Assessment(decision.evidence, decision.margin, decision.risk, decision.model, decision.challenger)


def _assess(
    visit: Visit, policy: Policy, models: Models, sighting: Sighting, now: float, faults: list[str]
) -> tuple[BotClaim, list[Evidence], float | None, Opinion | None]:
    """The completed claim, all evidence, the model's margin, and what the challenger says."""
    claim, evidence = _ask_identity(policy.inspector, sighting, visit, faults)
    evidence += _ask_behaviour(policy.inspector, visit, now, faults)
    margin, challenger = _ask_models(models, policy.model_limits, visit, now, faults)
    if margin is not None:
        evidence.append(Evidence("model", margin, _IMPRESSIONS[(margin > TELLING) - (margin < -TELLING)]))
    return claim, evidence, margin, challenger


def _at(rule_set: RuleSet, place: int) -> Verdict:
    """What follows from the place that a matcher found; see config/cel/rules.py."""
    if place >= 0:
        return rule_set.verdicts[place]
    return NO_RULE if place == -1 else rule_set.passed[-2 - place]


def _noted(rule_set: RuleSet, places: list[int]) -> tuple[Verdict, ...]:
    return tuple([rule_set.verdicts[place] for place in places])


def _under_order(ban: Ban, own: Verdict) -> Verdict:
    """A pass lets everything through. A ban refuses, unless one of the operator's allow rules applies."""
    if ban.allow:
        return Verdict(Action.ALLOW, "pass", ORDERS, "", ban.reason)
    if own is not NO_RULE:
        return own
    return Verdict(Action.BLOCK, "ban", ORDERS, "", ban.reason)


def _look(inspector: Inspector, visit: Visit, faults: list[str]) -> Sighting:
    try:
        sighting = visit.sighting or inspector.sighting(visit.request)
    except Exception:  # noqa: BLE001  no detector's fault may fail a request
        faults.append("sighting")
        return NOTHING_SEEN
    if sighting.faults:
        faults += sighting.faults
    return sighting


def _ask_identity(
    inspector: Inspector, sighting: Sighting, visit: Visit, faults: list[str]
) -> tuple[BotClaim, list[Evidence]]:
    """The completed claim, and all evidence so far."""
    evidence = list(sighting.evidence)
    if sighting.claim is NO_CLAIM and visit.proof is NO_PROOF:
        return NO_CLAIM, evidence
    try:
        claim = inspector.claim(sighting, visit.request.address, visit.proof)
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


def _ask_models(
    models: Models, limits: ModelLimits, visit: Visit, now: float, faults: list[str]
) -> tuple[float | None, Opinion | None]:
    """The model's margin within its limits; None where it fails, or has seen too little.

    The challenger is asked about the same numbers, where there is one.
    """
    session, model = visit.session, models.champion
    if model is None or session.pages + session.apis < limits.min_pages or session.is_many:
        return None, None
    try:
        values = features(session, now)
        margin = model.margin(values)
    except Exception:  # noqa: BLE001  a broken model must not take the storefront down
        faults.append("model")
        return None, None
    challenger = models.challenger
    opinion = None if challenger is None else _opinion(challenger, limits, values, faults)
    return min(max(margin, limits.lower), limits.upper), opinion


def _opinion(
    challenger: Model, limits: ModelLimits, values: list[float], faults: list[str]
) -> Opinion | None:
    """What the challenger would have said; None where it fails."""
    try:
        margin = challenger.margin(values)
    except Exception:  # noqa: BLE001  a model on trial harms nobody
        faults.append("challenger")
        return None
    return Opinion(challenger, min(max(margin, limits.lower), limits.upper))


def _explained(
    evidence: Sequence[Evidence],
    model: Model | None,
    visit: Visit,
    now: float,
    margin: float,
    faults: list[str],
) -> list[Evidence]:
    """The evidence, with the behaviour that moved the model: ten times the price of the margin itself."""
    try:
        reasons = model.reasons(features(visit.session, now)) if model else ()
    except Exception:  # noqa: BLE001  a broken model must not take the storefront down
        faults.append("model")
        reasons = ()
    explained = Evidence("model", margin, ", ".join(reasons) or _IMPRESSIONS[1])
    return [*(item for item in evidence if item.id != "model"), explained]
