"""What each fact and function of the table says about a visit."""

from dataclasses import replace

import pytest

from challenges.rung import Rung
from config.cel.facts import FACTS
from config.cel.questions import QUESTIONS
from config.decision import Action, Band
from detectors.behaviour.step import step_of
from detectors.evidence import Evidence
from detectors.identity.bot_claim import BotClaim, BotStatus
from detectors.request import Network
from detectors.visit import Level
from tests.support.requests import CHROME, a_request
from tests.support.rules import a_first_visit, a_matcher, a_rule, applies, place_of

REQUEST = replace(
    a_request("/product/7", query="a=1", route="product", headers=(*CHROME, (b"X-Key", b"k\xe9"))),
    network=Network("DE", 64500, "Example", "vpn"),
)
VISIT = a_first_visit(REQUEST, clearance=Level.POW, degraded=True, disallowed=True)
GOOGLE = BotClaim("googlebot", "search", BotStatus.VERIFIED, "range")
EVIDENCE = (Evidence("honeypot", 5.0, ""), Evidence("staged", 0.0, ""))

TRUE = {
    "request.method": "request.method == 'GET'",
    "request.path": "request.path == '/product/7'",
    "request.query": "request.query == 'a=1'",
    "request.host": "request.host == 'shop.example.com'",
    "request.route": "request.route == 'product'",
    "request.scheme": "request.scheme == 'http'",
    "request.ip": "request.ip == '203.0.113.7'",
    "request.http_version": "request.http_version == '1.1'",
    "request.user_agent": "request.user_agent.contains('Chrome/130') && !request.user_agent.contains('bot')",
    "request.country": "request.country in ['AT', 'CH', 'DE']",
    "request.asn": "request.asn == 64500",
    "request.disallowed": "request.disallowed",
    "request.network": "request.network == 'vpn' && request.network in ['tor', 'vpn']",
    "request.fingerprint": "request.fingerprint == '0123456789ab'",
    "bot.name": "bot.name == 'googlebot'",
    "bot.category": "bot.category == 'search'",
    "bot.status": "bot.status == 'verified'",
    "risk": "risk > 90.0 && risk < 91.0",
    "band": "band == 'certain'",
    "evidence": "'honeypot' in evidence && !('staged' in evidence)",
    "clearance": "clearance == 'pow'",
    "degraded": "degraded",
    "now": "now > timestamp('2026-01-01T00:00:00Z') && now.getFullYear('Europe/Berlin') == 2026",
    "request.header": "request.header('x-KEY') == 'k\\u00e9' && request.header('X-None') == ''",
    "client.rate": "client.rate('ip', '1m') == 1.0 && client.rate('session', '10s') == 1.0",
    "client.page_rate": "client.page_rate('session', '1m') == 1.0",
    "client.count": "client.count('pages') == 1.0 && client.count('errors') == 0.0",
    "client.distinct": "client.distinct('ip', 'paths') > 0.9 && client.distinct('ip', 'paths') < 1.1",
}
NETWORKS = {"here": ["203.0.113.0/24"], "away": ["198.51.100.0/24"]}


@pytest.mark.parametrize("condition", TRUE.values(), ids=TRUE)
def test_every_fact_says_what_the_visit_holds(condition):
    matcher = a_matcher(condition, networks=NETWORKS, routes=("product",), evidence=("honeypot", "staged"))

    place = place_of(matcher, VISIT, claim=GOOGLE, risk=90.5, band=Band.CERTAIN, evidence=EVIDENCE)

    assert place == 0


def test_an_address_is_looked_for_in_a_named_network():
    inside, outside = (f"request.ip in networks.{name}" for name in ("here", "away"))

    assert place_of(a_matcher(outside, inside, networks=NETWORKS)) == 1


def test_every_fact_and_function_of_the_table_is_tried():
    names = {fact.name for fact in FACTS} | {f"{each.owner}.{each.name}" for each in QUESTIONS}

    assert names == set(TRUE)


def test_a_rate_grows_with_every_request():
    visit = a_first_visit()
    for _ in range(60):
        visit.ip.arrive(step_of(visit.request), visit.request.arrived)

    assert applies("client.rate('ip', '1m') > 60.0", visit)
    assert not applies("client.rate('session', '1m') > 60.0", visit)


def test_the_first_rule_in_order_wins():
    assert place_of(a_matcher("false", "degraded || true", "true")) == 1


def test_no_rule_is_minus_one():
    assert place_of(a_matcher("false")) == -1


def test_a_satisfied_challenge_is_remembered_and_passed_over():
    ask = a_rule("true", action=Action.CHALLENGE)
    visit = a_first_visit(clearance=Level.POW)

    assert place_of(a_matcher("false", ask, ask), visit) == -3
    assert place_of(a_matcher("false", ask, "true"), visit) == 2


ASKED = {
    "what the rule asks": (Rung.BROWSER, Rung.COOKIE, Level.BROWSER),
    "less than the band's, where the rule says so": (Rung.COOKIE, Rung.BROWSER, Level.COOKIE),
    "what the band asks": (None, Rung.BROWSER, Level.BROWSER),
    "a captcha, from any service": (Rung.TURNSTILE, Rung.POW, Level.CAPTCHA),
}


@pytest.mark.parametrize(("rule", "band", "level"), ASKED.values(), ids=ASKED)
def test_a_challenge_is_satisfied_by_what_it_asks_and_by_nothing_less(rule, band, level):
    ask = replace(a_rule("true", action=Action.CHALLENGE), ask=rule)
    matcher = a_matcher(ask, ladder=dict.fromkeys((None, *Band), band))
    places = [place_of(matcher, a_first_visit(clearance=held)) for held in (Level(level - 1), level)]

    assert places == [0, -2]


def test_a_failing_rule_is_noted_by_name_and_passed_over():
    faults: list[str] = []

    place = place_of(a_matcher(a_rule("1 / 0 == 1", name="bad"), "true"), faults=faults)

    assert (place, faults) == (1, ["rule:bad"])


@pytest.mark.parametrize("condition", ["risk < 50.0", "band != 'high'", "true || risk < 50.0"])
def test_a_rule_about_risk_does_not_match_without_one(condition):
    assert place_of(a_matcher(condition), risk=None, band=None) == -1


@pytest.mark.parametrize("condition", ["!(risk < 50.0)", "risk >= 50.0"])
def test_nothing_can_be_learnt_from_the_lack_of_a_risk(condition):
    assert place_of(a_matcher(condition), risk=None, band=None) == -1


UNDECODABLE = "/adm\udcffin/x"


def test_undecodable_bytes_in_a_path_hide_nothing_from_a_pattern():
    visit = a_first_visit(replace(a_request("/"), path=UNDECODABLE))

    assert applies("request.path.matches('^/adm.in/')", visit)


def test_a_pattern_takes_linear_time():
    visit = a_first_visit(replace(a_request("/"), path="/" + "a" * 100_000))

    assert not applies("request.path.matches('^/(a+)+$b')", visit)


def test_text_in_a_condition_stays_text():
    text = '"]\\u27e6request.path\\u27e7; import os #\'{0}"'

    assert not applies(f"request.path == {text}")
