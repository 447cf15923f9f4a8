"""The pages about configuration and rules say what the code does, and their examples load."""

import re
from pathlib import Path

import pytest

from config.check import check
from config.loader import load, read_file
from config.reference import REFERENCES, renewed

DOCS = Path(__file__).parents[2] / "docs"
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("name", REFERENCES)
def test_the_reference_is_current(name):
    page = (DOCS / name).read_text(encoding="utf-8")

    assert page == renewed(page, REFERENCES[name]()), "run python -m config.reference"


def test_the_examples_of_the_configuration_load():
    examples = YAML.findall((DOCS / "configuration.md").read_text(encoding="utf-8"))

    for text in examples:
        assert load("stile.yaml", lambda path, text=text: text if path == "stile.yaml" else read_file(path))


RULES = [text for text in YAML.findall((DOCS / "rules.md").read_text("utf-8")) if text.startswith("policy:")]


@pytest.mark.parametrize("text", RULES)
def test_the_examples_of_rules_load(text):
    whole = f"sites: [{{upstreams: ['http://s:1']}}]\nroutes: {{product: {{match: ['/p/*']}}}}\n{text}"

    assert check("stile.yaml", lambda path: whole if path == "stile.yaml" else read_file(path)) == []


def test_a_page_without_marks_is_no_page():
    with pytest.raises(ValueError, match="no place for its reference"):
        renewed("# Rules", "table")
