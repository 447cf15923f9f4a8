"""The rule files that come with Stile, and the recipes that use them: each can be imported as it is."""

import re
from pathlib import Path

import pytest

from config.loader import load
from config.schema import RuleFile, RuleSection
from config.sources import SHIPPED
from config.validation import validate
from config.yaml_tree import parse
from proxy.check_command import report_of
from tests.support.policy_files import FOLDER, NOW
from tests.support.processes import ROOT

FILES = {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}
RECIPES = (ROOT / "docs/recipes.md").read_text("utf-8")
BLOCKS = re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```yaml\n(.*?)^```$", RECIPES, re.MULTILINE | re.DOTALL)


def rules_of(path: Path) -> list[RuleSection]:
    file = validate(RuleFile, parse(path.name, path.read_text("utf-8")))
    assert file is not None
    return file.rules


@pytest.mark.parametrize("name", FILES)
def test_a_file_can_be_imported_by_a_shop_that_names_no_route(name, tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text(f'sites:\n  - upstreams: [http://a]\npolicy: {{import: ["(stile)/{name}.yaml"]}}\n')

    assert load(str(path)).sites[0].policy.rules


def test_no_two_rules_have_one_name():
    names = [rule.name for path in FILES.values() for rule in rules_of(path)]

    assert len(names) == len(set(names))


def test_what_turns_away_names_its_threat_and_its_reason():
    nameless = [
        rule.name
        for path in FILES.values()
        for rule in rules_of(path)
        if rule.reason is None or (rule.action != "allow" and rule.oat is None)
    ]

    assert nameless == []


def test_it_meets_whom_it_is_about_and_lets_people_go():
    report = report_of(str(FOLDER / "library.yaml"), [str(FOLDER / "library.cases.yaml")], NOW)

    assert (report.text(), report.cases == report.passed, report.cases >= 40) == ("", True, True)


@pytest.mark.parametrize("name", FILES)
def test_every_file_stands_in_the_recipes(name):
    assert f"| `{name}.yaml` |" in RECIPES


def test_the_threats_in_the_recipes_are_those_of_the_rules():
    said = dict(re.findall(r"^\| `([a-z-]+)\.yaml` \|.*\| ([^|]*) \|$", RECIPES, re.MULTILINE))
    found = {
        name: ", ".join(sorted({rule.oat for rule in rules_of(path) if rule.oat}))
        for name, path in FILES.items()
    }

    assert said == found


@pytest.mark.parametrize("text", [text for _, text in BLOCKS], ids=[title for title, _ in BLOCKS])
def test_a_recipe_is_a_configuration(text, tmp_path):
    path = tmp_path / "stile.yaml"
    path.write_text(text)

    assert load(str(path)).sites[0].policy.rules


def test_there_are_recipes():
    assert len(BLOCKS) >= 8
