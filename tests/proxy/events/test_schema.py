"""The published schema is valid, versioned, strict in tests and patient with readers."""

import copy

import pytest
from jsonschema import Draft202012Validator
from orjson import loads

from proxy.events.schema import event_schema
from tests.support.events import a_line

WRONG = {
    "a misspelt key": lambda event: event["stile"].update(polcy={}),
    "an unknown action": lambda event: event["event"].update(action="maybe"),
    "a risk above 100": lambda event: event["event"].update(risk_score=101),
    "no decision": lambda event: event["stile"].pop("decision"),
    "a flat key": lambda event: event.update({"event.id": "1"}),
    "an id that is no UUIDv7": lambda event: event["event"].update(id="1"),
}


def test_it_is_a_schema():
    assert Draft202012Validator.check_schema(event_schema()) is None


def test_it_names_its_version():
    assert event_schema()["$id"] == "urn:stile:event:1.3"


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_it_refuses_what_is_wrong(spoil):
    event = copy.deepcopy(loads(a_line()))
    spoil(event)

    assert not Draft202012Validator(event_schema(strict=True)).is_valid(event)


def test_readers_let_new_keys_pass():
    event = loads(a_line())
    event["stile"]["new"] = 1

    assert Draft202012Validator(event_schema()).is_valid(event)
