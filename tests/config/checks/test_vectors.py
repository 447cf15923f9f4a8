"""What `stile check` finds in a folder of policies: nothing in good ones, and exactly what the others say."""

import pytest
from jsonschema import Draft202012Validator

from config.loader import load, read_file
from config.schema import json_schema
from config.yaml_tree import parse
from proxy.check_command import report_of
from tests.support.policy_files import NOW, expected, files_in

GOOD = files_in("good")
FOUND = {**files_in("broken"), **files_in("unwise")}
VALIDATOR = Draft202012Validator(json_schema())


@pytest.mark.parametrize("path", GOOD.values(), ids=GOOD)
def test_finds_nothing_in_a_good_policy(path):
    assert report_of(str(path), [], NOW).text() == ""


@pytest.mark.parametrize("path", GOOD.values(), ids=GOOD)
def test_an_editor_finds_nothing_in_a_good_policy(path):
    VALIDATOR.validate(parse(str(path), path.read_text("utf-8")).data)


@pytest.mark.parametrize("path", FOUND.values(), ids=FOUND)
def test_finds_what_a_file_says_and_nothing_else(path):
    found = [str(each).removeprefix(f"{path}:") for each in report_of(str(path), [], NOW).findings]

    assert found == expected(path) != []


def test_there_are_forty_good_and_sixty_broken_ones():
    assert (len(GOOD) >= 40, len(FOUND) >= 60) == (True, True)


def test_a_good_policy_that_loads_is_no_other(tmp_path):
    """The good ones differ, so that forty of them show forty things."""
    assert len({load(str(path), read_file).version for path in GOOD.values()}) == len(GOOD)
