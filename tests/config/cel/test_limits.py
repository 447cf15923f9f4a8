"""The lines that rules draw are read off their conditions, wherever in one they stand."""

from dataclasses import replace

import pytest

from config.cel.check import Checker
from config.cel.facts import facts_by_name
from config.cel.limits import Limit, plain_limits
from config.cel.rules import Compiler
from config.loader import load, read_file
from tests.support.broken_values import SITE
from tests.support.rules import a_rule

IP_MINUTE = Limit("ip", "requests", "1m", "", 60.0)
PAGES = Limit("session", "pages", "10m", "", 200.0)

SET = {
    "above": ("client.rate('ip', '1m') > 60.0", (IP_MINUTE,)),
    "at or above": ("client.rate('ip', '1m') >= 60.0", (IP_MINUTE,)),
    "below": ("client.rate('ip', '1m') < 60.0", (IP_MINUTE,)),
    "at or below": ("client.rate('ip', '1m') <= 60.0", (IP_MINUTE,)),
    "the literal first": ("60.0 < client.rate('ip', '1m')", (IP_MINUTE,)),
    "pages": ("client.page_rate('session', '10m') > 200.0", (PAGES,)),
    "one route": (
        "client.rate('account', '1d', 'login') > 10.0",
        (Limit("account", "requests", "1d", "login", 10.0),),
    ),
    "not": ("!(client.rate('ip', '1m') <= 60.0)", (IP_MINUTE,)),
    "and": ("request.path == '/' && client.rate('ip', '1m') > 60.0 && degraded", (IP_MINUTE,)),
    "either": (
        "client.rate('ip', '1m') > 60.0 || client.page_rate('session', '10m') > 200.0",
        (IP_MINUTE, PAGES),
    ),
    "a choice": ("degraded ? client.rate('ip', '1m') > 60.0 : false", (IP_MINUTE,)),
    "inside a macro": ("['a'].exists(x, x == request.path && client.rate('ip', '1m') > 60.0)", (IP_MINUTE,)),
    "in a list": ("[client.rate('ip', '1m') > 60.0, false][0]", (IP_MINUTE,)),
    "in a map": ("{'a': client.rate('ip', '1m') > 60.0}['a']", (IP_MINUTE,)),
    "twice the same": ("client.rate('ip', '1m') > 60.0 || 60.0 < client.rate('ip', '1m')", (IP_MINUTE,)),
    "of those who say that they are bots": (
        "bot.status == 'unverified' && client.rate('ip', '1m') > 60.0",
        (replace(IP_MINUTE, claimed=True),),
    ),
    "of bots of some kind": (
        "degraded && (bot.category in ['feed', 'search'] && client.rate('ip', '1m') > 60.0)",
        (replace(IP_MINUTE, claimed=True),),
    ),
    "of bots, or else": ("bot.status == 'verified' || client.rate('ip', '1m') > 60.0", (IP_MINUTE,)),
    "of those who claim nothing": ("bot.status == 'none' && client.rate('ip', '1m') > 60.0", (IP_MINUTE,)),
    "of any but one kind": ("bot.category != 'search' && client.rate('ip', '1m') > 60.0", (IP_MINUTE,)),
    "two lines of one rate, the lower first": (
        "client.rate('ip', '1m') > 600.0 || client.rate('ip', '1m') > 60.0",
        (IP_MINUTE, Limit("ip", "requests", "1m", "", 600.0)),
    ),
}
NOT_SET = {
    "no rate": "risk > 60.0",
    "a count": "client.count('errors') > 60.0",
    "different ones": "client.distinct('ip', 'agents') > 60.0",
    "exactly": "client.rate('ip', '1m') == 60.0",
    "always passed": "client.rate('ip', '1m') >= 0.0 && client.rate('ip', '1m') > -1.0",
    "worked out": "client.rate('ip', '1m') > 2.0 * 30.0",
    "two rates": "client.rate('ip', '1m') > client.rate('session', '1m')",
    "a part of a sum": "client.rate('ip', '1m') + risk > 60.0",
}


def limits_of(condition: str) -> tuple[Limit, ...]:
    """The limits that one condition sets."""
    return Compiler({}, facts_by_name()).condition(a_rule(condition)).limits


@pytest.mark.parametrize(("condition", "limits"), SET.values(), ids=SET)
def test_a_rate_beside_a_literal_is_a_limit(condition, limits):
    assert limits_of(condition) == limits


@pytest.mark.parametrize("condition", NOT_SET.values(), ids=NOT_SET)
def test_nothing_else_is(condition):
    assert limits_of(condition) == ()


def limits_of_policy(policy: str, more: str = "rules: []") -> tuple[Limit, ...]:
    """The limits of the first site."""
    texts = {"stile.yaml": f"{SITE}policy: {policy}", "more.yaml": more}
    config = load("stile.yaml", lambda path: texts[path] if path in texts else read_file(path))
    return config.sites[0].policy.limits


def test_a_policy_has_the_limits_of_its_own_and_of_imported_rules():
    own = '{name: own, when: \'client.rate("ip", "1m") > 60.0\', action: block}'
    theirs = 'rules: [{name: theirs, when: \'client.page_rate("session", "10m") > 200.0\', action: throttle}]'

    assert limits_of_policy(f"{{import: [more.yaml], rules: [{own}]}}", theirs) == (IP_MINUTE, PAGES)


def test_a_rule_that_is_left_out_sets_no_limit():
    theirs = 'rules: [{name: theirs, when: \'client.page_rate("session", "10m") > 200.0\', action: throttle}]'

    assert limits_of_policy("{import: [more.yaml], without: [theirs]}", theirs) == ()


def test_the_shipped_rules_draw_these_lines():
    assert limits_of_policy("{}") == (
        Limit("ip", "pages", "1m", "", 600.0),
        Limit("ip", "requests", "1m", "", 30.0, claimed=True),
        Limit("ip", "requests", "1m", "", 6000.0),
        Limit("ip", "requests", "1m", "login", 60.0),
        Limit("session", "pages", "1m", "", 120.0),
        Limit("session", "requests", "1m", "", 1200.0),
    )


PLAIN = {
    "above": ("client.rate('ip', '1m') > 60.0", (IP_MINUTE,)),
    "at or above": ("client.rate('ip', '1m') >= 60.0", (IP_MINUTE,)),
    "the literal first": ("60.0 < client.rate('ip', '1m')", (IP_MINUTE,)),
    "in one place": ("request.route == '' && client.page_rate('session', '10m') > 200.0", (PAGES,)),
    "any of two": (
        "degraded && (client.rate('ip', '1m') > 60.0 || client.page_rate('session', '10m') > 200.0)",
        (IP_MINUTE, PAGES),
    ),
    "too few": ("client.rate('ip', '1m') < 60.0", ()),
    "the literal first, too few": ("60.0 > client.rate('ip', '1m')", ()),
    "one of two reasons": ("degraded || client.rate('ip', '1m') > 60.0", ()),
    "two limits": ("client.rate('ip', '1m') > 60.0 && client.page_rate('session', '10m') > 200.0", ()),
    "negated": ("!(client.rate('ip', '1m') <= 60.0)", ()),
    "no limit": ("request.path == '/'", ()),
}


@pytest.mark.parametrize(("condition", "limits"), PLAIN.values(), ids=PLAIN)
def test_plain_limits_are_rates_of_which_one_must_be_exceeded(condition, limits):
    assert plain_limits(Checker(()).check(condition)) == limits
