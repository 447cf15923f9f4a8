"""Every identity can be asked every question, and each answers for itself."""

import pytest

from config.cel.questions import COUNTER, IDENTITIES, QUESTIONS, SKETCH, WINDOW, question_source
from tests.support.identities import Asked, a_visit_of
from tests.support.rules import a_matcher, place_of

ASKED: dict[str, Asked] = {
    "client.rate('{0}', '1d')": ("rate", "1d"),
    "client.rate('{0}', '10m', 'login')": ("rate", "10m", "login"),
    "client.page_rate('{0}', '10s')": ("page_rate", "10s"),
    "client.count('{0}', 'logins_failed')": ("count", "logins_failed"),
    "client.distinct('{0}', 'agents')": ("distinct", "agents"),
}


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize(("call", "question"), ASKED.items(), ids=ASKED)
@pytest.mark.parametrize("comparison", ["{0} == 7.0", "{0} > 6.0", "6.0 < {0}", "!({0} <= 6.0)"])
def test_an_identity_answers_what_it_is_asked(identity, call, question, comparison):
    matcher = a_matcher(comparison.format(call.format(identity)), routes=())

    told = [who for who in IDENTITIES if place_of(matcher, a_visit_of({(who, question): 7.0})) == 0]

    assert told == [identity]


def test_a_counter_is_the_sessions_where_no_identity_is_named():
    matcher = a_matcher("client.count('errors') == 7.0")

    told = [
        who for who in IDENTITIES if place_of(matcher, a_visit_of({(who, ("count", "errors")): 7.0})) == 0
    ]

    assert told == ["session"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_example_is_a_call_that_rules_may_make(question):
    for example in question.examples:
        a_matcher(f"{example} == {example}", routes=())


def test_there_is_an_example_for_every_form():
    assert [len(each.examples) for each in QUESTIONS] == [len(each.forms) for each in QUESTIONS]


def test_names_in_the_source_are_literals_whatever_they_hold():
    source = question_source("rate", ("ip", "1m", "a'⟧b"))

    assert source == """visit.ip.rate('1m', now, "a'\\u27e7b")"""


CHOICES = [
    (name, choice) for name, each in (("rate", WINDOW), ("page_rate", WINDOW)) for choice in each.choices
]
CHOICES += [
    (name, choice) for name, each in (("count", COUNTER), ("distinct", SKETCH)) for choice in each.choices
]


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_what_rules_may_name_a_client_knows(name, choice):
    assert place_of(a_matcher(f"client.{name}('session', '{choice}') >= 0.0")) == 0


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("call", ASKED)
def test_a_first_visit_has_every_identity(identity, call):
    assert place_of(a_matcher(f"{call.format(identity)} >= 0.0", routes=())) == 0
