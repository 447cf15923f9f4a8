import pytest

from config.cel.facts import facts_by_name
from config.cel.limits import Limit
from config.cel.rules import Compiler, Condition
from config.cel.wording import wording
from tests.support.rules import a_rule

MACROS = {
    "money": 'routes.checkout || request.route == "login"',
    "fast": 'client.rate("ip", "1m") > 60.0',
    "grave": "macros.money && macros.fast",
    "any": 'evidence.exists(x, x == "honeypot")',
    "scored": "risk > 90.0",
}


def compiled(text: str, macros: dict[str, str] | None = None) -> Condition:
    facts = facts_by_name(("checkout",), ("honeypot",))
    return Compiler({}, facts, MACROS if macros is None else macros).condition(a_rule(text))


WHOLE = {
    "macros.fast": 'client.rate("ip", "1m") > 60.0',
    "!macros.money": '!(request.route == "checkout" || request.route == "login")',
    "macros.grave": (
        '(request.route == "checkout" || request.route == "login") && client.rate("ip", "1m") > 60.0'
    ),
    "macros.any && macros.any": (
        'evidence.exists(x, x == "honeypot") && evidence.exists(x, x == "honeypot")'
    ),
    "routes.checkout": 'request.route == "checkout"',
}


@pytest.mark.parametrize(("text", "whole"), WHOLE.items())
def test_a_name_stands_for_its_condition(text, whole):
    assert wording(compiled(text).checked.root) == whole
    assert compiled(text).text == compiled(whole).text


def test_a_limit_in_a_macro_is_a_limit():
    limit = Limit("ip", "requests", "1m", "", 60.0)

    assert (compiled("degraded && macros.fast").limits, compiled("macros.fast").exceeded) == (
        (limit,),
        (limit,),
    )


def test_a_score_in_a_macro_is_a_score():
    assert compiled("macros.scored && routes.checkout").rule.score_alone


FAULTS = {
    "itself": ({"a": "macros.a"}, {"a": "macros must not need each other: a uses a"}),
    "each other": (
        {"a": "macros.b || degraded", "b": "macros.a"},
        {"a": "macros must not need each other: a uses b uses a"},
    ),
    "a number": ({"a": "1.0"}, {"a": "a condition must be true or false; this is of type double"}),
    "a pattern that is none": ({"a": 'request.path.matches("((")'}, {"a": "not a pattern"}),
    "an unknown name": ({"a": "macros.b"}, {"a": "there is no 'macros.b'"}),
}


@pytest.mark.parametrize(("macros", "faults"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_macro_is_said(macros, faults):
    found = Compiler({}, facts_by_name(), macros).macro_faults

    assert {
        name: str(fault)[: len(faults[name])] for name, fault in found.items() if name in faults
    } == faults
