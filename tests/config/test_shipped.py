"""What the shipped policy does with those who come to a shop, from people to scrapers."""

import pytest

from challenges.rung import Rung
from config.decision import Action, Mode
from config.judge import judge
from detectors.behaviour.step import step_of
from detectors.request import Request
from detectors.visit import Level, Visit
from tests.support.policies import a_policy
from tests.support.requests import CHROME, a_request
from tests.support.rules import a_first_visit

POLICY = a_policy(shipped=True)
GOOGLEBOT = b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GOOGLES = "66.249.66.1"


def agent(name: bytes, path: str = "/", *, address: str = "203.0.113.7", **facts: str) -> Request:
    """A request by a program that says who it is and little else."""
    headers = ((b"Host", b"shop.example.com"), (b"User-Agent", name), (b"Accept", b"*/*"))
    return a_request(path, headers=headers, address=address, **facts)  # type: ignore[arg-type]


WORD = {
    "a person": (a_request("/product/7"), Action.ALLOW, ""),
    "a search engine from its own address": (
        agent(GOOGLEBOT, address=GOOGLES),
        Action.ALLOW,
        "verified-bot",
    ),
    "one that only says so": (agent(GOOGLEBOT), Action.CHALLENGE, "spoofed-bot"),
    "even it may read robots.txt": (agent(GOOGLEBOT, "/robots.txt"), Action.ALLOW, "robots-txt"),
    "a search engine without published ranges": (
        agent(b"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"),
        Action.ALLOW,
        "unverified-search",
    ),
    "a link preview": (
        agent(b"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "/product/7"),
        Action.ALLOW,
        "unverified-visitor-service",
    ),
    "a feed reader at the feed": (
        agent(b"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 7 subscribers)", "/blog/feed.xml"),
        Action.ALLOW,
        "unverified-feed-reader",
    ),
    "a feed reader at the products": (
        agent(b"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 7 subscribers)", "/product/7"),
        Action.CHALLENGE,
        "risk-certain",
    ),
    "a collector of training data": (
        agent(b"Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)"),
        Action.CHALLENGE,
        "risk-certain",
    ),
    "an assistant": (
        agent(b"Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)", "/product/7"),
        Action.ALLOW,
        "ai-assistant-allow",
    ),
    "a library": (agent(b"python-requests/2.32.3", "/product/7"), Action.CHALLENGE, "automation-tool"),
    "an icon": (agent(b"python-requests/2.32.3", "/favicon.ico"), Action.ALLOW, "well-known"),
    "a certificate authority": (
        agent(b"Mozilla/5.0 (compatible; Let's Encrypt validation server)", "/.well-known/acme-challenge/x"),
        Action.ALLOW,
        "well-known",
    ),
    "a health check": (agent(b"kube-probe/1.31", "/healthz"), Action.ALLOW, "health-check"),
    "a webhook": (
        agent(b"Stripe/1.0 (+https://stripe.com/docs/webhooks)", "/paid", method="POST", route="webhook"),
        Action.ALLOW,
        "webhook",
    ),
}


@pytest.mark.parametrize(("request_", "action", "rule"), WORD.values(), ids=WORD)
def test_a_first_visit_gets_the_word_that_it_deserves(request_, action, rule):
    decision = judge(a_first_visit(request_), POLICY, Mode.ENFORCE, request_.arrived)

    assert (decision.action, decision.rule, decision.faults) == (action, rule, ())


def busy(request: Request, times: int, *, level: Level = Level.NONE) -> Visit:
    """A visit whose session asked for the same page `times` times in this second."""
    visit = a_first_visit(request, clearance=level)
    step = step_of(request)
    for _ in range(times):
        visit.ip.arrive(step, request.arrived)
        visit.session.arrive(step, request.arrived)
    return visit


def test_a_session_that_opens_more_pages_than_people_do_is_slowed_down_also_after_a_challenge():
    request = a_request("/product/7")

    decision = judge(busy(request, 200, level=Level.BROWSER), POLICY, Mode.ENFORCE, request.arrived)

    assert (decision.action, decision.rule) == (Action.THROTTLE, "session-over-rate")


def test_work_alone_is_not_enough_where_a_bot_is_almost_certain():
    request = a_request("/product/7")

    decision = judge(busy(request, 200, level=Level.POW), POLICY, Mode.ENFORCE, request.arrived)

    assert (decision.action, decision.ask) == (Action.CHALLENGE, Rung.BROWSER)


def test_a_borrowed_name_is_worth_little_at_speed():
    request = agent(b"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)")

    assert judge(busy(request, 60), POLICY, Mode.ENFORCE, request.arrived).action is Action.CHALLENGE


def test_a_search_engine_from_its_own_address_may_be_fast():
    request = agent(GOOGLEBOT, address=GOOGLES)

    assert judge(busy(request, 700), POLICY, Mode.ENFORCE, request.arrived).action is Action.ALLOW


def test_who_follows_a_hidden_link_is_asked():
    visit = a_first_visit(a_request("/product/7", headers=CHROME))
    visit.session.note("traps")

    assert judge(visit, POLICY, Mode.ENFORCE, visit.request.arrived).rule == "trap"


def test_every_asking_rule_names_its_threat():
    unnamed = [r.name for r in POLICY.rules if r.action is not Action.ALLOW and not r.category]

    assert unnamed == []


def test_every_shipped_rule_says_why():
    assert [rule.name for rule in POLICY.rules if rule.reason.startswith("rule ")] == []
