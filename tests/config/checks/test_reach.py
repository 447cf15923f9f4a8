"""What is said of conditions is certain: no request contradicts it."""

import random
from itertools import product

import pytest

from config.check import warnings
from config.loader import read_file
from tests.support.requests import CHROME, a_request
from tests.support.rules import a_first_visit, a_matcher, place_of

ATOMS = (
    'request.method == "GET"',
    'request.method in ["GET", "HEAD"]',
    'request.path == "/a"',
    'request.path.startsWith("/a")',
    'request.path.startsWith("/a/b")',
    'request.path.endsWith("b")',
    'request.path.contains("a/")',
    'request.route == "one"',
    'request.route != "two"',
    'client.rate("ip", "1m") > 0.5',
    'client.rate("ip", "1m") >= 1.0',
    'client.rate("ip", "1m") < 3.0',
    "degraded",
    "risk > 50.0",
    "true",
)
PATHS = ("/", "/a", "/a/b", "/ab")
CONFIG = (
    "sites: [{{upstreams: ['http://s:1']}}]\nroutes: {{one: {{match: [/1]}}, two: {{match: [/2]}}}}\n"
    "policy:\n  import: []\n  rules:\n"
    "    - {{name: first, when: '{first}', action: block}}\n"
    "    - {{name: second, when: '{second}', action: throttle}}\n"
)


def a_condition(chance: random.Random, depth: int = 2) -> str:
    """Some condition over few facts, so that many contradict or imply each other."""
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(ATOMS)
    if chance.random() < 0.25:
        return f"!({a_condition(chance, depth - 1)})"
    operator = chance.choice(("&&", "&&", "||"))
    return f"({a_condition(chance, depth - 1)} {operator} {a_condition(chance, depth - 1)})"


def visits():
    """Requests that make every atom true and false, each with a risk."""
    for method, path, route, degraded in product(
        ("GET", "HEAD", "PUT"), PATHS, ("", "one", "two"), (False, True)
    ):
        for extra in (0, 1, 4):
            visit = a_first_visit(
                a_request(path, method=method, route=route, headers=CHROME), degraded=degraded
            )
            visit.ip.words[0] = extra
            yield visit


VISITS = list(visits())


@pytest.mark.parametrize("seed", range(40))
def test_what_is_called_unreachable_is_reached_by_nobody(seed):
    chance = random.Random(seed)
    first, second = a_condition(chance), a_condition(chance)
    text = CONFIG.format(first=first, second=second)
    found = warnings("stile.yaml", 0.0, lambda path: text if path == "stile.yaml" else read_file(path))
    said = {(each.kind.id, each.path) for each in found}
    matcher = a_matcher(first, second, routes=("one", "two"))

    places = {place_of(matcher, visit, risk=risk) for visit in VISITS for risk in (None, 4.7, 90.0)}

    if ("never-applies", "policy.rules[0].when") in said:
        assert 0 not in places
    if said & {("never-applies", "policy.rules[1].when"), ("shadowed-rule", "policy.rules[1].when")}:
        assert 1 not in places
    if ("always-applies", "policy.rules[0].when") in said:
        assert places == {0}


def test_enough_of_them_are_called_so_that_this_shows_something():
    said = set()
    for seed in range(40):
        chance = random.Random(seed)
        text = CONFIG.format(first=a_condition(chance), second=a_condition(chance))
        said |= {
            each.kind.id
            for each in warnings(
                "stile.yaml", 0.0, lambda path, t=text: t if path == "stile.yaml" else read_file(path)
            )
        }

    assert {"never-applies", "shadowed-rule", "always-applies"} <= said
