"""`stile check` as people and pipelines run it: its exit codes, its formats and its closing line."""

import json

import pytest
from typer.testing import CliRunner

from proxy.cli import app
from tests.support.policy_files import FOLDER

SOUND = FOLDER / "good" / "one-storefront.yaml"
UNWISE = FOLDER / "unwise" / "open-prefix.yaml"
NOTED = FOLDER / "unwise" / "unused-network.yaml"
BROKEN = FOLDER / "broken" / "ai-word.yaml"

STATUS = {
    "sound": ([SOUND], 0),
    "a warning": ([UNWISE], 0),
    "a warning, strictly": ([UNWISE, "--strict"], 1),
    "a note, strictly": ([NOTED, "--strict"], 0),
    "a fault": ([BROKEN], 1),
    "a fault as JSON": ([BROKEN, "--format", "json"], 1),
    "no file": (["none.yaml"], 1),
    "no such format": ([SOUND, "--format", "xml"], 2),
    "no such option": ([SOUND, "--lenient"], 2),
    "nothing": ([], 2),
    "cases": ([FOLDER / "cases" / "shop.yaml", "--cases", FOLDER / "cases" / "shop.cases.yaml"], 0),
    "cases of another policy": ([SOUND, "--cases", FOLDER / "cases" / "shop.cases.yaml"], 1),
}


@pytest.mark.parametrize(("arguments", "status"), STATUS.values(), ids=STATUS)
def test_the_exit_code_says_how_it_went(arguments, status):
    assert CliRunner().invoke(app, ["check", *map(str, arguments)]).exit_code == status


def test_the_last_line_says_what_was_looked_at():
    arguments = ["check", str(FOLDER / "cases" / "shop.yaml")]
    arguments += ["--cases", str(FOLDER / "cases" / "shop.cases.yaml")]

    said = CliRunner().invoke(app, arguments).stdout.splitlines()[-1]

    assert said.startswith(f"{FOLDER / 'cases' / 'shop.yaml'}: 2 files, ")
    assert said.endswith(" rules, 17 of 17 cases passed, 0 errors, 0 warnings, 0 notes")


def test_json_and_sarif_are_the_whole_of_standard_output():
    as_json = json.loads(CliRunner().invoke(app, ["check", str(BROKEN), "--format", "json"]).stdout)
    as_sarif = json.loads(CliRunner().invoke(app, ["check", str(BROKEN), "--format", "sarif"]).stdout)

    assert [each["id"] for each in as_json["findings"]] == ["wrong-value"]
    assert [each["ruleId"] for each in as_sarif["runs"][0]["results"]] == ["wrong-value"]


@pytest.mark.parametrize("what", ["config", "cases", "event"])
def test_schemas_are_printed(what):
    printed = json.loads(CliRunner().invoke(app, ["schema", what]).stdout)

    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
