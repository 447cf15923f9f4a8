"""A throttled client is told when its window frees up, and a number only where one number is the rule."""

import pytest

from config.cel.limits import Limit
from config.decision import Mode
from config.judge import judge
from config.quota import Quota, exceeded_quota, wait_of
from detectors.behaviour.step import step_of
from tests.support.policies import a_policy
from tests.support.requests import a_request
from tests.support.visits import a_visit, sweep

FIVE = "client.rate('ip', '1m') > 5.0"


def throttled(when: str) -> Quota | None:
    """What is told of the last of eight pages, a second apart."""
    policy = a_policy(f'{{name: slow, action: throttle, when: "{when}"}}')
    visit, now = a_visit(sweep(8))
    decision = judge(visit, policy, Mode.ENFORCE, now)
    assert decision.rule == "slow"
    return exceeded_quota(decision, policy, visit, now)


def test_a_plain_limit_is_told_as_structured_fields():
    quota = throttled(FIVE)

    assert quota is not None
    assert quota.headers == (
        (b"RateLimit-Policy", b'"address";q=5;w=60'),
        (b"RateLimit", f'"address";r=0;t={quota.wait_s}'.encode()),
    )


TOLD = {
    "a session's pages": ("client.page_rate('session', '10m') > 5.0", ("session", 5, 600)),
    "in one place": (f"request.method == 'GET' && {FIVE}", ("address", 5, 60)),
    "more than one reason": (f"request.method == 'POST' || {FIVE}", None),
    "the one of two that is exceeded": (
        f"{FIVE} || client.page_rate('session', '10m') > 50.0",
        ("address", 5, 60),
    ),
    "the longer wait of two": (
        f"{FIVE} || client.page_rate('session', '10m') > 5.0",
        ("session", 5, 600),
    ),
    "no limit at all": ("request.method == 'GET'", None),
}


@pytest.mark.parametrize(("when", "told"), TOLD.values(), ids=TOLD)
def test_numbers_are_told_where_one_number_is_the_rule(when, told):
    quota = throttled(when)

    assert (None if quota is None else (quota.name, quota.most, quota.window_s)) == told


LIMITS = {
    "a minute": Limit("ip", "requests", "1m", "", 5.0),
    "ten seconds": Limit("ip", "requests", "10s", "", 5.0),
    "pages": Limit("session", "pages", "10m", "", 5.0),
    "one for ever": Limit("ip", "requests", "1m", "", 1.0),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("pages", [6, 30, 200])
def test_who_waits_so_long_is_let_through_and_a_second_before_is_not(limit, pages):
    def exceeds(later: int) -> bool:
        visit, now = a_visit(sweep(pages, every_s=0.3))
        visit.ip.arrive(step_of(a_request("/product/1", arrived=now + later)), now + later)
        rate = visit.ip.rate if limit.counted == "requests" else visit.ip.page_rate
        return rate(limit.window, now + later) > limit.most

    visit, now = a_visit(sweep(pages, every_s=0.3))
    wait_s = wait_of(limit, visit, now)

    assert (exceeds(wait_s), wait_s == 1 or exceeds(wait_s - 1)) == (False, True)
