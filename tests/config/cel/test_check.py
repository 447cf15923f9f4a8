"""What is no condition is refused at load, at its place and with a cure."""

import pytest

from config.cel.check import CelFaults
from tests.support.rules import a_matcher

NETWORKS = {"partners": ["10.0.0.0/8"]}
WHOLE = "write whole numbers that are compared with a double as 60.0"
CERTAIN = "trusted, low, elevated, high, certain"

REFUSED = {
    "nothing": ("", (1, 1, "the condition is empty")),
    "an unfinished comparison": ("risk >", (1, 7, "Syntax error: mismatched input '<EOF>'")),
    "one equals sign": ("request.path = '/'", (1, 14, "write == to compare")),
    "and": ("degraded and true", (1, 10, "write && for and")),
    "or": ("degraded or true", (1, 10, "write || for or")),
    "not": ("true && not degraded", (1, 13, "write ! for not")),
    "a double against an int": (
        "risk > 60",
        (
            1,
            6,
            "'>' does not take (double, int); write whole numbers that are compared with a double as 60.0",
        ),
    ),
    "text against an int": ("request.path == 1", (1, 14, "'==' does not take (string, int)")),
    "an unknown field": (
        "request.pth == ''",
        (1, 8, "there is no 'request.pth'; did you mean 'request.path'?"),
    ),
    "an unknown name": ("rsk > 1.0", (1, 1, "there is no 'rsk'; did you mean 'risk'?")),
    "an unknown function": (
        "client.rat('ip', '1m') > 1.0",
        (1, 11, "there is no 'rat'; did you mean 'rate'?"),
    ),
    "an unknown network": (
        "request.ip in networks.partner",
        (1, 23, "there is no 'networks.partner'; did you mean 'networks.partners'?"),
    ),
    "on the second line": (
        "true &&\n  request.pth == ''",
        (2, 10, "there is no 'request.pth'; did you mean 'request.path'?"),
    ),
    "an unknown window": (
        "client.rate('ip', '2m') > 1.0",
        (1, 19, "rate does not know '2m'; it takes 10s, 1m, 10m, 1h, 1d"),
    ),
    "an unknown window of pages": (
        "client.page_rate('account', '5m') > 1.0",
        (1, 29, "page_rate does not know '5m'; it takes 10s, 1m, 10m, 1h, 1d"),
    ),
    "an unknown route of a rate": (
        "client.rate('ip', '1m', 'prodct') > 1.0",
        (1, 25, "rate does not know 'prodct'; did you mean 'product'?"),
    ),
    "no route at all": (
        "client.rate('ip', '1m', '') > 1.0",
        (
            1,
            25,
            (
                "rate does not know ''; it takes api, cart, checkout, coupon, disallowed, feed, health, "
                "login, price, product, review, search, signup, trap, webhook"
            ),
        ),
    ),
    "an unknown counter of an identity": (
        "client.count('asn', 'page') > 1.0",
        (1, 21, "count does not know 'page'; did you mean 'pages'?"),
    ),
    "a counter of an unknown identity": (
        "client.count('acount', 'pages') > 1.0",
        (1, 14, "count does not know 'acount'; did you mean 'account'?"),
    ),
    "different ones of an unknown kind": (
        "client.distinct('ip', 'agent') > 1.0",
        (1, 23, "distinct does not know 'agent'; did you mean 'agents'?"),
    ),
    "different ones of an unknown identity": (
        "client.distinct('tsl', 'agents') > 1.0",
        (1, 17, "distinct does not know 'tsl'; did you mean 'tls'?"),
    ),
    "a rate without a window": (
        "client.rate('ip') > 1.0",
        (
            1,
            12,
            'write it as client.rate("ip", "1m") or client.rate("account", "1d", "login")',
        ),
    ),
    "a function without its owner": (
        "distinct('ip', 'agents') > 1.0",
        (1, 9, 'write it as client.distinct("ip", "agents")'),
    ),
    "a window that is no text": (
        "client.page_rate('ip', 60) > 1.0",
        (1, 17, 'write it as client.page_rate("session", "10m")'),
    ),
    "a computed identity": (
        "client.distinct(request.path, 'agents') > 1.0",
        (1, 24, "the arguments of distinct must be literals"),
    ),
    "an unknown identity": (
        "client.rate('sesion', '1m') > 1.0",
        (1, 13, "rate does not know 'sesion'; did you mean 'session'?"),
    ),
    "an unknown counter": (
        "client.count('page') > 1.0",
        (1, 14, "count does not know 'page'; did you mean 'pages'?"),
    ),
    "an unknown band": ("band == 'sure'", (1, 9, f"band is never 'sure'; it is one of {CERTAIN}")),
    "an unknown band on the left": ("'hgih' == band", (1, 1, "band is never 'hgih'; did you mean 'high'?")),
    "an unknown band in a list": (
        "band in ['high', 'sure']",
        (1, 18, f"band is never 'sure'; it is one of {CERTAIN}"),
    ),
    "an unknown status": (
        "bot.status != 'verifed'",
        (1, 15, "bot.status is never 'verifed'; did you mean 'verified'?"),
    ),
    "an unknown clearance": (
        "clearance == 'poww'",
        (1, 14, "clearance is never 'poww'; did you mean 'pow'?"),
    ),
    "unknown evidence": (
        "'honypot' in evidence",
        (1, 1, "evidence is never 'honypot'; did you mean 'honeypot'?"),
    ),
    "an unknown route": (
        "request.route == 'prodct'",
        (1, 18, "request.route is never 'prodct'; did you mean 'product'?"),
    ),
    "a computed argument": (
        "request.header(request.path) == ''",
        (1, 23, "the arguments of header must be literals"),
    ),
    "no header name": ("request.header('X Y') == ''", (1, 16, "'X Y' is not a header name")),
    "a computed pattern": (
        "request.path.matches(request.query)",
        (1, 29, "the pattern must be a literal, so that it is compiled once"),
    ),
    "a broken pattern": ("request.path.matches('(')", (1, 22, "not a pattern: missing ): (")),
    "a text in a network": (
        "request.path in networks.partners",
        (1, 8, "only request.ip can be looked for in networks.partners"),
    ),
    "the size of a network": (
        "size(networks.partners) > 0",
        (1, 14, "networks.partners stands only to the right of 'request.ip in'"),
    ),
    "no truth": ("request.path", (1, 1, "a condition must be true or false; this is of type string")),
    "the client itself": (
        "client == client",
        (1, 1, "'client' is not a value of its own; write for example request.path"),
    ),
    "unsigned": ("1u == 1u", (1, 1, "this part of CEL is not available in rules")),
    "bytes": ("b'a' == b'a'", (1, 1, "this part of CEL is not available in rules")),
    "null": ("null == null", (1, 1, "literals of type null are not available in rules")),
    "times": (
        "duration('1h') == duration('60m')",
        (1, 9, "'duration' of (string) is not available in rules"),
    ),
    "no moment": (
        "now < timestamp('tomorrow')",
        (1, 17, "a moment is written like timestamp('2026-12-01T18:00:00Z')"),
    ),
    "an unknown zone": (
        "now.getHours('Europe/Berln') < 6",
        (1, 14, "there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
    ),
    "an unknown route as a name": (
        "routes.chekout",
        (1, 7, "there is no 'routes.chekout'; did you mean 'routes.checkout'?"),
    ),
    "dynamic types": ("dyn(1) == 1", (1, 8, "'==' of (dyn, int) is not available in rules")),
    "mixed lists": ("[1, 'a'] == []", (1, 10, "'==' of (list(dyn), list(dyn)) is not available in rules")),
    "other string functions": (
        "request.path.split('/')[0] == ''",
        (1, 19, "'split' of (string, string) is not available in rules"),
    ),
    "a map over entries": ("{'a': 1}.exists(k, k == 'a')", (1, 16, "macros work on lists only")),
    "a field of a map": ("{'a': 1}.a == 1", (1, 9, "this part of CEL is not available in rules")),
    "a computed key": ("{request.path: 1}['a'] == 1", (1, 1, "the keys of a map must be literals")),
    "a key twice": ("{'a': 1, 'a': 2}['a'] == 1", (1, 1, "a key stands twice in the map")),
    "a number without end": ("risk > 1e400", (1, 8, "the number is too large")),
    "two hundred brackets": (
        "(" * 200 + "true" + ")" * 200,
        (1, 1, "the condition is nested too deeply"),
    ),
    "two hundred terms": (
        "1" + " + 1" * 200 + " == 1",
        (1, 1, "the condition is nested too deeply"),
    ),
    "five thousand characters": (
        "true" + " " * 5000,
        (1, 1, "a condition may be 4000 characters long at most"),
    ),
}


@pytest.mark.parametrize(("condition", "fault"), REFUSED.values(), ids=REFUSED)
def test_refuses_what_is_no_condition(condition, fault):
    with pytest.raises(CelFaults) as caught:
        a_matcher(condition, networks=NETWORKS, routes=("product",), evidence=("honeypot", "model"))

    found = caught.value.faults[0]
    assert (found.line, found.column, found.message) == fault


def test_reports_every_unknown_name_of_a_condition():
    with pytest.raises(CelFaults) as caught:
        a_matcher("rsk > 1.0 && bnd == 'high'")

    assert [fault.column for fault in caught.value.faults] == [1, 14]
