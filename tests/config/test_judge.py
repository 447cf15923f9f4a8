"""The judgement: rules in order, orders above them, clearances where they count, faults accuse nobody."""

from dataclasses import replace

import pytest

from config.decision import Action, Band, Decision, Mode
from config.judge import assessment_of, judge
from config.policy import Models, Policy, Seat
from detectors.behaviour.step import step_of
from detectors.model.bundle import Model, load_model
from detectors.model.opinion import Opinion
from detectors.visit import Ban, Level, Visit
from tests.support.bundles import a_stump, sealed
from tests.support.policies import a_policy
from tests.support.requests import CHROME, a_request
from tests.support.rules import a_first_visit

NOW = a_request().arrived
BAN = Ban("ip", NOW + 60.0, "scraped last night")
PASS = Ban("ip", NOW + 60.0, "our own monitor", allow=True)

ALLOW_FEED = "{name: feed, when: 'request.path == \"/\"', action: allow}"
THROTTLE = "{name: slow, when: 'true', action: throttle}"
NEVER = "{name: never, when: 'false', action: block}"
FAILING = "{name: bad, when: '1 / 0 == 1', action: block}"
CHALLENGE = "{name: ask, when: 'true', action: challenge}"
BLOCK = "{name: stop, when: 'true', action: block}"


def judged(*rules: str, mode: Mode = Mode.ENFORCE, **changes: object) -> Decision:
    """The decision about a first page load by Chrome under `rules` alone."""
    return judge(replace(a_first_visit(), **changes), a_policy(*rules), mode, NOW)


ORDER = {
    "no rule": ((), Action.ALLOW, ""),
    "one rule": ((BLOCK,), Action.BLOCK, "stop"),
    "the first wins": ((ALLOW_FEED, BLOCK), Action.ALLOW, "feed"),
    "also where it is the harder": ((BLOCK, ALLOW_FEED), Action.BLOCK, "stop"),
    "a rule that does not apply": (
        ("{name: no, when: 'false', action: block}", THROTTLE),
        Action.THROTTLE,
        "slow",
    ),
    "a rule that fails": (
        ("{name: bad, when: '1 / 0 == 1', action: block}", THROTTLE),
        Action.THROTTLE,
        "slow",
    ),
}


@pytest.mark.parametrize(("rules", "action", "rule"), ORDER.values(), ids=ORDER)
def test_the_first_rule_that_applies_decides(rules, action, rule):
    decision = judged(*rules)

    assert (decision.action, decision.rule) == (action, rule)


ORDERS = {
    "a ban": ((), BAN, Action.BLOCK, "ban"),
    "a ban and a rule that only slows down": ((THROTTLE,), BAN, Action.BLOCK, "ban"),
    "a ban and an operator's allow": ((ALLOW_FEED,), BAN, Action.ALLOW, "feed"),
    "a ban and an allow behind a block": ((BLOCK, ALLOW_FEED), BAN, Action.ALLOW, "feed"),
    "a pass and a block": ((BLOCK,), PASS, Action.ALLOW, "pass"),
    "a ban that has ended": ((), replace(BAN, until=NOW - 1.0), Action.ALLOW, ""),
}


@pytest.mark.parametrize(("rules", "ban", "action", "rule"), ORDERS.values(), ids=ORDERS)
def test_orders_stand_above_rules_and_an_allow_above_a_ban(rules, ban, action, rule):
    decision = judged(*rules, ban=ban)

    assert (decision.action, decision.rule) == (action, rule)


def test_a_shipped_allow_does_not_beat_a_ban():
    visit = a_first_visit(a_request("/robots.txt"), ban=BAN)

    assert judge(visit, a_policy(shipped=True), Mode.ENFORCE, NOW).action is Action.BLOCK


CLEARED = {
    "satisfies a challenge": ((CHALLENGE,), Action.ALLOW, "ask"),
    "but nothing after it": ((CHALLENGE, THROTTLE), Action.THROTTLE, "slow"),
    "nor a block": ((BLOCK,), Action.BLOCK, "stop"),
    "nor a throttle": ((THROTTLE, CHALLENGE), Action.THROTTLE, "slow"),
}


@pytest.mark.parametrize(("rules", "action", "rule"), CLEARED.values(), ids=CLEARED)
@pytest.mark.parametrize("level", [Level.POW, Level.BROWSER])
def test_a_clearance_counts_against_challenges_alone(level, rules, action, rule):
    decision = judged(*rules, clearance=level)

    assert (decision.action, decision.rule) == (action, rule)


def test_a_passed_challenge_is_told_in_the_reason():
    assert (
        judged(CHALLENGE, clearance=Level.POW).reason == "rule ask applies; the challenge was passed before"
    )


def test_monitor_mode_lets_pass_and_keeps_the_word():
    decision = judged(BLOCK, mode=Mode.MONITOR)

    assert (decision.action, decision.would_action, decision.enforced) == (Action.ALLOW, Action.BLOCK, False)


def test_a_decision_carries_who_was_seen():
    decision = judged()

    assert (decision.agent, len(decision.fingerprint)) == ("Chrome", 12)


def test_risk_starts_at_the_prior():
    decision = judged()

    assert (decision.risk, decision.band, decision.evidence) == (4.7, Band.TRUSTED, ())


def test_evidence_is_listed_strongest_first():
    headers = tuple(pair for pair in CHROME if pair[0] not in (b"Accept-Language", b"Sec-Fetch-Site"))
    visit = a_first_visit(a_request(headers=headers[1:] + headers[:1]))

    strengths = [abs(item.log_odds) for item in judge(visit, a_policy(), Mode.ENFORCE, NOW).evidence]

    assert len(strengths) > 1
    assert strengths == sorted(strengths, reverse=True)


def test_the_model_speaks_within_its_limits():
    model = sealed(trees=[a_stump(low=9.0, high=9.0)])
    visit = a_first_visit(a_request("/product/1"))
    visit.session.pages = 3

    decision = judge(visit, a_policy(model=model), Mode.ENFORCE, NOW)

    assert (decision.margin, decision.evidence[0].id) == (4.0, "model")


REASONS = {
    "let through": ((), Level.NONE, "behaves like a bot"),
    "asked": ((CHALLENGE,), Level.NONE, "pages 3"),
    "let through after the challenge": ((CHALLENGE,), Level.POW, "behaves like a bot"),
}


@pytest.mark.parametrize(("rules", "level", "reason"), REASONS.values(), ids=REASONS)
def test_the_model_gives_its_reasons_where_something_follows(rules, level, reason):
    visit = a_first_visit(a_request("/product/1"), clearance=level)
    visit.session.pages = 3

    decision = judge(visit, a_policy(*rules, model=sealed(trees=[a_stump(threshold=1.0)])), Mode.ENFORCE, NOW)

    assert decision.evidence[0].reason == reason


def test_the_model_waits_until_it_has_seen_something():
    visit = a_first_visit(a_request("/product/1"))

    assert judge(visit, a_policy(model=sealed()), Mode.ENFORCE, NOW).margin is None


def constant(version: str, margin: float) -> Model:
    """A model that says the same of everybody."""
    return load_model(sealed(version=version, base=0.0, trees=[a_stump(low=margin, high=margin)]))


def seated(*models: Model | None) -> Policy:
    """A policy that challenges at an elevated risk, judged by these models."""
    rule = "{name: ask, when: 'band == \"high\"', action: challenge}"
    return replace(a_policy(rule), seat=Seat(Models(*models)))


def a_later_page() -> Visit:
    """The third page of a session."""
    visit = a_first_visit(a_request("/product/1"))
    visit.session.pages = 3
    return visit


def test_a_challenger_is_listened_to_and_changes_nothing():
    mild, harsh = constant("mild", -1.0), constant("harsh", 9.0)
    alone = judge(a_later_page(), seated(mild), Mode.ENFORCE, NOW)

    both = judge(a_later_page(), seated(mild, harsh), Mode.ENFORCE, NOW)

    assert both.challenger == Opinion(harsh, 4.0)
    assert replace(both, challenger=None) == alone
    assert judge(a_later_page(), seated(harsh), Mode.ENFORCE, NOW).action is Action.CHALLENGE


def test_a_challenger_without_a_model_to_challenge_says_nothing():
    decision = judge(a_later_page(), seated(None, constant("harsh", 9.0)), Mode.ENFORCE, NOW)

    assert (decision.margin, decision.challenger, decision.evidence) == (None, None, ())


def test_what_a_page_loads_by_itself_is_told_with_the_models_that_judged_the_page():
    old, new = constant("old", 1.0), constant("new", 2.0)
    policy, page = seated(old, old), a_later_page()
    page.session.assessment = assessment_of(page, judge(page, policy, Mode.ENFORCE, NOW))
    image = replace(page, step=step_of(a_request("/images/1.png")))
    policy.seat.models = Models(new, new)

    decision = judge(image, policy, Mode.ENFORCE, NOW)

    assert (decision.margin, decision.model, decision.challenger) == (1.0, old, Opinion(old, 1.0))


def test_a_successor_gives_no_reasons_for_another_s_margin():
    page = a_later_page()
    asking = replace(a_policy(CHALLENGE), seat=Seat(Models(constant("old", 1.0))))
    page.session.assessment = assessment_of(page, judge(page, asking, Mode.ENFORCE, NOW))
    image = replace(page, step=step_of(a_request("/images/1.png")))
    asking.seat.models = Models(load_model(sealed(version="new", trees=[a_stump(threshold=1.0)])))

    assert judge(image, asking, Mode.ENFORCE, NOW).evidence[0].reason == "behaves like a bot"


class Broken:
    """Fails whatever it is asked."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


INDIFFERENT = sealed(version="indifferent", base=0.0, trees=[a_stump(low=0.0, high=0.0)])
FAULTY = {
    "sighting": ({"inspector": Broken()}, ("sighting", "behaviour"), None),
    "model": ({"seat": Seat(Models(Broken()))}, ("model",), 4.7),
    "challenger": ({"seat": Seat(Models(load_model(INDIFFERENT), Broken()))}, ("challenger",), 4.7),
}


@pytest.mark.parametrize(("parts", "faults", "risk"), FAULTY.values(), ids=FAULTY)
def test_what_fails_is_named_and_accuses_nobody(parts, faults, risk):
    visit = a_first_visit()
    visit.session.pages = 3
    policy: Policy = replace(a_policy(shipped=True), **parts)

    decision = judge(visit, policy, Mode.ENFORCE, NOW)

    assert (decision.action, decision.faults, decision.risk) == (Action.ALLOW, faults, risk)


def test_a_failing_rule_is_named():
    assert judged(FAILING).faults == ("rule:bad",)


def test_rules_about_risk_do_not_match_where_it_was_not_computed():
    rule = "{name: odd, when: '!(risk > 5.0)', action: block}"
    policy = replace(a_policy(rule), inspector=Broken())

    assert judge(a_first_visit(), policy, Mode.ENFORCE, NOW).action is Action.ALLOW


def test_a_decision_is_a_value_of_its_inputs():
    visit: Visit = a_first_visit()
    policy = a_policy(shipped=True)

    assert judge(visit, policy, Mode.ENFORCE, NOW) == judge(visit, policy, Mode.ENFORCE, NOW)
