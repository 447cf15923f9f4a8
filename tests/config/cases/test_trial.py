"""Cases are tried by the real judgement; what goes otherwise is told with its place and its reason."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from config.cases.schema import cases_schema
from config.checks.report import Report
from config.yaml_tree import parse
from proxy.check_command import report_of
from tests.support.policy_files import FOLDER, NOW

SHOP = FOLDER / "cases" / "shop.yaml"
CASES = FOLDER / "cases" / "shop.cases.yaml"


def tried(folder: Path, text: str) -> Report:
    """What comes of the cases in `text` under the shop's policy."""
    path = folder / "own.cases.yaml"
    path.write_text(text)
    return report_of(str(SHOP), [str(path)], NOW)


def said(folder: Path, text: str) -> list[str]:
    """The findings in the cases of `text`, without the name of the file."""
    return [
        str(each).removeprefix(f"{folder / 'own.cases.yaml'}:")
        for each in tried(folder, text).findings
        if each.place.file.endswith("own.cases.yaml")
    ]


def test_cases_that_the_policy_fulfils_pass():
    report = report_of(str(SHOP), [str(CASES)], NOW)

    assert (report.text(), report.cases, report.passed) == ("", 17, 17)


def test_an_editor_finds_nothing_in_them():
    schema = cases_schema()
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(parse("cases", CASES.read_text("utf-8")).data)


FAILING = {
    "another action": (
        "cases:\n  - name: feed\n    request: {path: /feed/a, ip: 192.0.2.9}\n    expect: {action: block}\n",
        (
            "4:22: error: cases[0].expect.action: case 'feed': expected block, but allow by operator rule "
            "partner-feed (rule partner-feed applies; risk 4.7) came"
        ),
    ),
    "another rule": (
        "cases:\n  - name: feed\n    request: {path: /feed/a, ip: 192.0.2.9}\n    expect: {rule: sale}\n",
        (
            "4:20: error: cases[0].expect.rule: case 'feed': expected rule sale to decide, but allow by "
            "operator rule partner-feed (rule partner-feed applies; risk 4.7) came"
        ),
    ),
    "a rule where none applies": (
        "cases:\n  - name: none\n    expect: {action: allow, rule: sale}\n",
        (
            "3:35: error: cases[0].expect.rule: case 'none': expected rule sale to decide, but allow (no "
            "rule applies; risk 4.7) came"
        ),
    ),
    "a score that suffices": (
        "cases:\n  - name: score\n    risk: 80\n    expect:\n      action: allow\n",
        (
            "5:15: error: cases[0].expect.action: case 'score': expected allow, but challenge by default "
            "rule risk-high (probably a bot; risk 80) came"
        ),
    ),
    "nothing noted": (
        "cases:\n  - name: slow\n    request: {path: /product/1}\n    expect: {noted: [watched]}\n",
        "4:21: error: cases[0].expect.noted: case 'slow': expected watched to be noted, but none came",
    ),
}


@pytest.mark.parametrize(("text", "message"), FAILING.values(), ids=FAILING)
def test_a_case_that_goes_otherwise_is_an_error_where_it_was_expected(tmp_path, text, message):
    assert said(tmp_path, text) == [message]


ONE = "cases:\n  - name: one\n    expect: {action: allow}\n"
BROKEN = {
    "no cases": ("{}\n", "1:1: error: cases: this key is required"),
    "a typo in a case": (ONE + "    rsk: 5\n", "4:5: error: cases[0].rsk: unknown key; did you mean 'risk'?"),
    "a typo in a fact": (
        ONE + "    request: {pat: /}\n",
        "4:15: error: cases[0].request.pat: unknown key; did you mean 'path'?",
    ),
    "a typo in what is expected": (
        "cases:\n  - name: one\n    expect: {acton: allow}\n",
        "3:14: error: cases[0].expect.acton: unknown key; did you mean 'action'?",
    ),
    "an unknown window": (
        ONE + "    client: {rates: {ip 2m: 5}}\n",
        "4:22: error: cases[0].client.rates.ip 2m: there is no '2m'; it is one of 10s, 1m, 10m, 1h, 1d",
    ),
    "an unknown identity": (
        ONE + "    client: {page_rates: {sesion 1m: 5}}\n",
        "4:27: error: cases[0].client.page_rates.sesion 1m: there is no 'sesion'; did you mean 'session'?",
    ),
    "a rate of nobody": (
        ONE + "    client: {rates: {1m: 5}}\n",
        "4:22: error: cases[0].client.rates.1m: is written like 'ip 10s'",
    ),
    "an unknown route": (
        ONE + "    client: {rates: {ip 1m prodct: 5}}\n",
        (
            "4:36: error: cases[0].client.rates.ip 1m prodct: there is no route 'prodct'; did you mean "
            "'product'?"
        ),
    ),
    "an unknown counter": (
        ONE + "    client: {counts: {ip erors: 5}}\n",
        "4:23: error: cases[0].client.counts.ip erors: there is no 'erors'; did you mean 'errors'?",
    ),
    "unknown evidence": (
        ONE + "    evidence: [honypot]\n",
        "4:16: error: cases[0].evidence[0]: there is no 'honypot'; did you mean 'honeypot'?",
    ),
    "an unknown status": (
        ONE + "    bot: {status: verfied}\n",
        "4:19: error: cases[0].bot.status: there is no 'verfied'; did you mean 'verified'?",
    ),
    "an unknown site": (
        ONE + "    site: pres\n",
        "4:11: error: cases[0].site: there is no site 'pres'; did you mean 'press'?",
    ),
    "a host of nobody": (
        ONE + "    request: {host: blog.example.com}\n",
        "4:21: error: cases[0].request.host: no site has the host blog.example.com",
    ),
    "an unknown rule": (
        "cases:\n  - name: one\n    expect: {rule: spread-login}\n",
        "3:20: error: cases[0].expect.rule: there is no rule 'spread-login'; did you mean 'spread-logins'?",
    ),
    "no address": (
        ONE + "    request: {ip: here}\n",
        "4:19: error: cases[0].request.ip: must be an address such as 203.0.113.7",
    ),
    "no moment": (
        ONE + "    now: soon\n",
        (
            "4:10: error: cases[0].now: must be a day such as 2026-12-01 or a moment such as "
            "2026-12-01T18:00:00Z"
        ),
    ),
    "no YAML": ("cases: [\n", "2:1: error: not YAML: did not find expected node content"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_slip_in_a_case_is_named_with_its_place_and_its_cure(tmp_path, text, message):
    assert said(tmp_path, text) == [message]


def test_a_file_of_cases_that_is_not_there_is_an_error(tmp_path):
    (finding,) = report_of(str(SHOP), [str(tmp_path / "none.yaml")], NOW).findings

    assert finding.message == f"cannot read {tmp_path / 'none.yaml'}: No such file or directory"


def test_a_rule_that_fails_fails_its_cases(tmp_path):
    policy = tmp_path / "stile.yaml"
    policy.write_text(
        "sites: [{upstreams: ['http://s:1']}]\n"
        "policy: {rules: [{name: bad, when: '1 / request.asn == 1', action: block}]}\n"
    )
    (tmp_path / "own.cases.yaml").write_text(ONE)

    report = report_of(str(policy), [str(tmp_path / "own.cases.yaml")], NOW)

    assert [each.message for each in report.findings] == [
        "case 'one': rule:bad failed; allow (no rule applies; risk 4.7) came"
    ]


@pytest.mark.parametrize("risk", [0, 4.7, 5, 40.1, 70, 89.9, 90.1, 99.9, 100])
@pytest.mark.parametrize("evidence", ["", "    evidence: [honeypot, automation_tool]\n"])
def test_a_risk_that_is_told_is_the_risk_that_is_judged(tmp_path, risk, evidence):
    text = f"cases:\n  - name: one\n    risk: {risk}\n{evidence}    expect: {{action: tarpit}}\n"

    (message,) = said(tmp_path, text)

    assert f"; risk {risk:g})" in message
