"""The last events are found again by id, action and address, and the memory of them is bounded."""

import pytest

from config.decision import Action
from proxy.events.recent import Recent
from tests.support.events import a_decision, a_line, a_visit
from tests.support.requests import a_request


@pytest.fixture
def recent():
    ring = Recent(kept=5)
    for number in range(7):
        action = Action.BLOCK if number % 2 else Action.ALLOW
        visit = a_visit(a_request("/?block", address=f"203.0.113.{number}"))
        ring.add(f"id-{number}", a_line(f"id-{number}", visit=visit, decision=a_decision(action=action)))
    return ring


def ids(events):
    return [event["event"]["id"] for event in events]


def test_finds_an_event_by_its_id(recent):
    assert recent.find("id-6")["client"]["ip"] == "203.0.113.6"


def test_forgets_the_oldest(recent):
    assert recent.find("id-1") is None


def test_lists_the_newest_first(recent):
    assert ids(recent.latest(3)) == ["id-6", "id-5", "id-4"]


def test_lists_one_action(recent):
    assert ids(recent.latest(9, action="block")) == ["id-5", "id-3"]


def test_lists_one_address_and_no_longer_one(recent):
    assert ids(recent.latest(9, address="203.0.113.2")) == ["id-2"]


def test_lists_nothing_of_an_address_that_never_came(recent):
    assert recent.latest(9, address="203.0.113.99") == []
