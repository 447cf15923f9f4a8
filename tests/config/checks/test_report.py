"""A report shows each finding with its line and a caret, as data, and as SARIF that code hosts read."""

import pytest

from config.checks.finding import KINDS, Finding, Severity, as_finding
from config.checks.report import Report
from config.checks.sarif import sarif
from config.fault import Fault, Place
from proxy.check_command import report_of
from tests.support.policy_files import NOW, files_in

TYPO = Finding(
    KINDS["unknown-key"], Place("a.yaml", 2, 3), "sites[0].mod", "unknown key; did you mean 'mode'?"
)
NOTE = Finding(KINDS["unused"], Place("/b c.yaml", 1, 1), "", "no rule asks for networks.office")
REPORT = Report((TYPO, NOTE), {"a.yaml": "sites:\n  mod: x\n"}, files=2, rules=1, cases=3, passed=2)


def test_a_finding_stands_above_its_line_and_a_caret():
    assert REPORT.text() == (
        "a.yaml:2:3: error: sites[0].mod: unknown key; did you mean 'mode'?\n"
        "      mod: x\n"
        "      ^\n"
        "/b c.yaml:1:1: note: no rule asks for networks.office"
    )


def test_the_caret_stands_below_its_character_in_a_long_line():
    text = f"{'x' * 500}here{'y' * 500}"
    report = Report((Finding(KINDS["unused"], Place("a", 1, 501), "", "m"),), {"a": text}, files=1, rules=0)

    _, line, caret = report.text().split("\n")

    assert line[caret.index("^") :].startswith("herey")
    assert len(line) < 120


def test_a_line_cannot_write_to_the_terminal():
    report = Report(
        (Finding(KINDS["unused"], Place("a", 1, 9), "", "m"),), {"a": "\x1b[31mred\tx\n"}, files=1, rules=0
    )

    assert "\x1b" not in report.text()


def test_the_closing_line_counts():
    assert REPORT.closing == "2 files, 1 rule, 2 of 3 cases passed, 1 error, 0 warnings, 1 note"


def test_data_says_all_that_the_text_does():
    found = REPORT.document()["findings"]

    assert found[0] == {
        "id": "unknown-key",
        "severity": "error",
        "file": "a.yaml",
        "line": 2,
        "column": 3,
        "path": "sites[0].mod",
        "message": "unknown key; did you mean 'mode'?",
        "suggestion": "mode",
    }
    assert found[1]["suggestion"] is None


WORDS = {
    "not YAML: did not find expected node content": "syntax",
    "the key stands twice; the first is on line 2": "twice",
    "sites[0] has this host already": "twice",
    "this key is required": "missing-key",
    "unknown key": "unknown-key",
    "cannot read more.yaml: No such file or directory": "missing-file",
    "there is no file /etc/stile/key": "missing-file",
    "there is no such evidence; did you mean 'honeypot'?": "unknown-name",
    "must be a number": "wrong-value",
}


@pytest.mark.parametrize(("message", "kind"), WORDS.items())
def test_a_fault_has_a_kind(message, kind):
    assert as_finding(Fault(Place("a", 1, 1), "evidence.x", message)).kind.id == kind


@pytest.mark.parametrize("path", ["policy.rules[0].when", "policy.rules[3].limit", "policy.macros.tool"])
def test_a_fault_in_a_condition_is_one_of_conditions(path):
    assert as_finding(Fault(Place("a", 1, 1), path, "there is no 'x'")).kind.id == "condition"


def test_sarif_has_what_the_standard_requires():
    """SARIF 2.1.0, sections 3.13, 3.14, 3.18, 3.19, 3.27 and 3.30."""
    document = sarif(REPORT, "0.1.0")
    (run,) = document["runs"]
    driver = run["tool"]["driver"]

    assert (document["version"], "sarif-schema-2.1.0" in document["$schema"]) == ("2.1.0", True)
    assert (driver["name"], [rule["id"] for rule in driver["rules"]]) == (
        "stile check",
        ["unknown-key", "unused"],
    )
    for result in run["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        assert (region["startLine"] >= 1, region["startColumn"] >= 1) == (True, True)


def test_sarif_names_files_by_their_address():
    results = sarif(REPORT, "0.1.0")["runs"][0]["results"]

    assert [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results] == [
        "a.yaml",
        "file:///b%20c.yaml",
    ]


FILES = {**files_in("broken"), **files_in("unwise")}


def test_every_kind_is_found_somewhere_among_the_vectors():
    """But for those that need more than one file."""
    elsewhere = {"believed-cookie", "readable-secret", "certificate", "failed-case", "missing-file", "twice"}

    found = {each.kind.id for path in FILES.values() for each in report_of(str(path), [], NOW).findings}

    assert set(KINDS) - found <= elsewhere
    assert {KINDS[kind].severity for kind in found} == set(Severity)
