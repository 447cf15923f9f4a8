"""Sessions that come in many coats."""

from detectors.behaviour.changing_agent import ChangingAgent
from detectors.evidence import Evidence
from tests.support.visits import in_coats


def test_says_how_many_user_agents_it_saw():
    evidence = ChangingAgent(2.0).inspect(*in_coats(9))

    assert evidence == Evidence("changing_agent", 2.0, "9 user agents or more in one session")
