"""Every identity can be asked every question, and each answers for itself."""

import pytest

from config.cel.questions import IDENTITIES, QUESTIONS, question_source
from detectors.visit import Visit
from tests.support.requests import a_request
from tests.support.rules import a_matcher, place_of

Asked = tuple[str, ...]


class Known:
    """One identity that has an answer to a single question."""

    def __init__(self, question: Asked, answer: float) -> None:
        self._question = question
        self._answer = answer
        self.requests = self.pages = 1000

    def rate(self, window: str, _now: float, route: str = "") -> float:
        """The answer to ("rate", window, route), the route left out where it is empty."""
        return self._to("rate", window, *filter(None, [route]))

    def page_rate(self, window: str, _now: float) -> float:
        """The answer to ("page_rate", window)."""
        return self._to("page_rate", window)

    def count(self, name: str) -> float:
        """The answer to ("count", name)."""
        return self._to("count", name)

    def distinct(self, name: str = "paths") -> float:
        """The answer to ("distinct", name)."""
        return self._to("distinct", name)

    def _to(self, *question: str) -> float:
        return self._answer if question == self._question else 0.0


PARENTS = {name: about.source.split(".")[1:] for name, about in IDENTITIES.items()}


def a_visit_of(identity: str, question: Asked) -> Visit:
    """A visit in which `identity` answers 7.0 to `question`, and nobody anything else."""
    known = {name: Known(question if name == identity else (), 7.0) for name in IDENTITIES}
    for name, path in PARENTS.items():
        if len(path) > 1:
            setattr(known[path[0]], path[1], known[name])
    return Visit(a_request("/"), known["ip"], known["session"])  # type: ignore[arg-type]


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

    assert place_of(matcher, a_visit_of(identity, question)) == 0
    assert [place_of(matcher, a_visit_of(other, question)) for other in IDENTITIES if other != identity] == [
        -1
    ] * (len(IDENTITIES) - 1)


def test_a_counter_is_the_sessions_where_no_identity_is_named():
    matcher = a_matcher("client.count('errors') == 7.0")

    assert place_of(matcher, a_visit_of("session", ("count", "errors"))) == 0
    assert place_of(matcher, a_visit_of("ip", ("count", "errors"))) == -1


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_example_is_a_call_that_rules_may_make(question):
    for example in question.examples:
        a_matcher(f"{example} == {example}", routes=())


def test_there_is_an_example_for_every_form():
    assert [len(each.examples) for each in QUESTIONS] == [len(each.forms) for each in QUESTIONS]


def test_names_in_the_source_are_literals_whatever_they_hold():
    source = question_source("rate", ("ip", "1m", "a'⟧b"))

    assert source == """visit.ip.rate('1m', now, "a'\\u27e7b")"""
