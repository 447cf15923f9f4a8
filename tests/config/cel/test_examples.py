import pytest

from config.cel.examples import EXAMPLES
from config.cel.facts import FACTS
from tests.support.rules import a_matcher


def test_every_variable_has_an_example():
    assert set(EXAMPLES) == {fact.name for fact in FACTS}


@pytest.mark.parametrize(("name", "condition"), EXAMPLES.items())
def test_an_example_is_a_condition_about_its_variable(name, condition):
    a_matcher(condition, networks={"partners": []}, routes=("login",), evidence=("honeypot",))

    assert name in condition
