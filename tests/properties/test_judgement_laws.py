"""The laws of the judgement, under the policy that Stile ships, for any visit and any evidence."""

# ruff: noqa: ARG002  `Told` has the shape of an Inspector

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from config.decision import SEVERITY, Action, Decision, Mode
from config.judge import judge
from config.policy import Policy
from detectors.behaviour.step import step_of
from detectors.evidence import Evidence
from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.registry import DETECTORS
from detectors.request import Request
from detectors.sighting import Sighting
from detectors.visit import Ban, Level, Visit
from tests.support.policies import a_policy
from tests.support.requests import a_request
from tests.support.rules import a_first_visit

NOW = a_request().arrived
POLICY = a_policy(shipped=True)


class Told:
    """An inspector that says what it was told to say."""

    def __init__(self, evidence: list[Evidence], claim: BotClaim = NO_CLAIM) -> None:
        self._evidence = evidence
        self._claim = claim

    def sighting(self, request: Request) -> Sighting:
        return Sighting("0" * 12, (), 0.0, self._claim, "")

    def claim(self, sighting: Sighting, address: str) -> BotClaim:
        return sighting.claim

    def identity(self, claim: BotClaim) -> list[Evidence]:
        return []

    def behaviour(self, visit: Visit, now: float, faults: list[str]) -> list[Evidence]:
        return list(self._evidence)


def decided(visit: Visit, evidence: list[Evidence], claim: BotClaim, policy: Policy = POLICY) -> Decision:
    """The decision where the detectors say just this."""
    told = replace(policy, inspector=Told(evidence, claim))  # type: ignore[arg-type]
    return judge(visit, told, Mode.ENFORCE, NOW)


def findings(lowest: float, highest: float) -> st.SearchStrategy[list[Evidence]]:
    """Evidence with weights between these."""
    one = st.builds(
        Evidence, st.sampled_from(sorted(DETECTORS)), st.floats(lowest, highest), st.just("it was told")
    )
    return st.lists(one, max_size=6)


CATEGORIES = (
    *("", "library", "search", "social-preview", "feed", "monitoring", "scanner", "advertising"),
    *("archive", "seo", "ai-training", "ai-search", "ai-assistant", "other"),
)
CLAIMS = st.just(NO_CLAIM) | st.builds(
    BotClaim, st.just("somebot"), st.sampled_from(CATEGORIES), st.sampled_from(BotStatus), st.just("range")
)
HONEST_CLAIMS = CLAIMS.filter(lambda claim: claim.status is not BotStatus.SPOOFED)
PATHS = ("/", "/product/7", "/robots.txt", "/feed.rss", "/.well-known/x", "/health", "/login")
ROUTES = ("", "product", "login", "feed", "webhook", "health", "trap")


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """A visit by somebody who asked for up to a few thousand pages in the last minute."""
    request = a_request(
        draw(st.sampled_from(PATHS)),
        method=draw(st.sampled_from(["GET", "POST", "HEAD"])),
        route=draw(st.sampled_from(ROUTES)),
    )
    visit = a_first_visit(request, clearance=draw(st.sampled_from(Level)))
    step = step_of(request)
    for client, most in ((visit.ip, 40), (visit.session, 15)):
        times = 10 ** draw(st.integers(0, 3)) * draw(st.integers(0, most)) // 10
        for _ in range(min(times, 800)):
            client.arrive(step, NOW)
    return visit


LAW = settings(max_examples=150, deadline=None)


@LAW
@given(visits(), findings(-4.0, 6.0), findings(0.0, 6.0), CLAIMS)
def test_more_bot_evidence_never_softens_a_decision(visit, evidence, more, claim):
    before = decided(visit, evidence, claim)

    after = decided(visit, evidence + more, claim)

    assert SEVERITY[after.would_action] >= SEVERITY[before.would_action]


@LAW
@given(visits(), findings(-4.0, 6.0), CLAIMS, st.randoms(use_true_random=False))
def test_the_order_of_detectors_does_not_matter(visit, evidence, claim, chance):
    shuffled = list(evidence)
    chance.shuffle(shuffled)

    assert decided(visit, shuffled, claim) == decided(visit, evidence, claim)


@LAW
@given(visits(), findings(-4.0, 6.0), CLAIMS)
def test_the_same_inputs_give_the_same_decision(visit, evidence, claim):
    assert decided(visit, evidence, claim) == decided(visit, evidence, claim)


@LAW
@given(visits(), findings(-20.0, 20.0), HONEST_CLAIMS)
def test_a_score_alone_never_refuses(visit, evidence, claim):
    decision = decided(visit, evidence, claim)

    assert decision.would_action in (Action.ALLOW, Action.THROTTLE, Action.CHALLENGE)


@LAW
@given(visits(), findings(-20.0, 20.0), CLAIMS, st.booleans())
def test_an_allow_beats_a_ban(visit, evidence, claim, by_order):
    allowing = a_policy("{name: mine, when: 'true', action: allow}", shipped=True)
    ban = Ban("ip", NOW + 60.0, "an order", allow=by_order)

    decision = decided(replace(visit, ban=ban), evidence, claim, POLICY if by_order else allowing)

    assert decision.action is Action.ALLOW


@LAW
@given(visits(), findings(-20.0, 20.0), CLAIMS)
def test_monitor_mode_touches_nobody_and_says_the_same(visit, evidence, claim):
    told = replace(POLICY, inspector=Told(evidence, claim))  # type: ignore[arg-type]

    watched = judge(visit, told, Mode.MONITOR, NOW)

    assert watched.action is Action.ALLOW
    assert watched.would_action is judge(visit, told, Mode.ENFORCE, NOW).action
