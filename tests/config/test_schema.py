"""The published schema is valid, says what every key is for, and agrees with the loader."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from config.loader import load
from config.schema import json_schema
from tests.support.broken_values import SITE

SCHEMA = json_schema()


def test_is_a_valid_schema_of_2020_12():
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_describes_every_key():
    parts: dict[str, Any] = {"": SCHEMA, **SCHEMA["$defs"]}  # type: ignore[dict-item]

    bare = [
        f"{name}.{key}"
        for name, part in parts.items()
        for key, about in part.get("properties", {}).items()
        if not about.get("description")
    ]

    assert bare == []


def test_takes_a_sound_document():
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(SITE + "state: {timeout: 5ms}"))


REFUSED = ["{}", SITE + "polcy: {}", SITE + "state: {timeout: 5}", "sites: [{upstreams: []}]"]
REFUSED += [
    f"sites: [{{upstreams: [http://s:1], account: {account}}}]"
    for account in ("{}", "{cookie: a, header: b}", "{response_header: a, header: b}", "{cookie: a b}")
]


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_what_the_loader_refuses(text):
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(yaml.safe_load(text))


def test_shows_defaults_as_operators_write_them():
    assert SCHEMA["$defs"]["StateSection"]["properties"]["timeout"]["default"] == "5ms"  # type: ignore[index]


def test_evidence_on_trial_weighs_nothing(tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text("sites:\n  - upstreams: [http://a]\nevidence: {header_order: monitor, honeypot: 0.5}\n")

    weights = load(str(path)).sites[0].policy.inspector.weights

    assert (weights["header_order"], weights["honeypot"]) == (0.0, 0.5)
