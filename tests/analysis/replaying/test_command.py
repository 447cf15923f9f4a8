"""The command says what it found by its output and by its exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from proxy.cli import app
from tests.support.logs import LINE, a_log, written

SITE = 'sites:\n  - hosts: ["*"]\n    upstreams: ["http://127.0.0.1:1"]\n'
RULE = "policy:\n  rules:\n    - {name: ask, when: 'true', action: challenge}\n"


def replayed(folder: Path, *options: str, logs: tuple[str, ...] = (), stdin: str = "") -> Result:
    config = written(folder, SITE, "before.yaml")
    written(folder, SITE + RULE, "after.yaml")
    named = logs or (str(written(folder, a_log(1, people=5, crawlers=0))),)
    return CliRunner().invoke(app, ["replay", *named, "--config", str(config), *options], input=stdin)


BUDGETS = {
    "kept": ("requests_challenged > 100%", 0, ""),
    "exceeded": ("people_challenged > 0.5%", 3, "people_challenged is 5 of 5 (100%)"),
    "no budget": ("people_chalenged > 1", 1, "did you mean 'people_challenged'"),
}


@pytest.mark.parametrize(("budget", "status", "says"), BUDGETS.values(), ids=BUDGETS)
def test_a_budget_decides_the_exit_code(tmp_path: Path, budget: str, status: int, says: str) -> None:
    result = replayed(tmp_path, "--against", str(tmp_path / "after.yaml"), "--fail-if", budget)

    assert (result.exit_code, says in result.stderr) == (status, True)


def test_standard_input_is_a_log(tmp_path: Path) -> None:
    result = replayed(tmp_path, "--json", logs=("-",), stdin=f"{LINE}\n{LINE}\nnonsense\n")
    document = json.loads(result.stdout)

    assert (document["judged"], document["malformed"]) == (2, 1)


def test_a_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    replayed(tmp_path, "--html", str(tmp_path / "page.html"))

    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")


FAULTS = {
    "no such log": (("/nowhere/access.log",), (), "No such file"),
    "an unknown engine": ((), ("--engine", "hadoop"), "unknown engine"),
    "an unknown field": ((), ("--fields", "tme=ts"), "did you mean 'time'"),
}


@pytest.mark.parametrize(("logs", "options", "says"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_is_explained_in_one_line(
    tmp_path: Path, logs: tuple[str, ...], options: tuple[str, ...], says: str
) -> None:
    result = replayed(tmp_path, *options, logs=logs)

    assert (result.exit_code, says in result.stderr, result.stderr.count("\n")) == (1, True, 1)
