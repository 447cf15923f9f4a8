import re
from pathlib import Path

import pytest

from analysis.explaining import Explanation, event_about, explanation_of
from analysis.explaining_report import panels
from detectors.evidence import Evidence
from proxy.admin.explain import rendered
from tests.support.events import a_decision, a_line, a_visit, an_outcome
from tests.support.requests import a_request

POLICY = """\
sites:
  - upstreams: [http://127.0.0.1:1]
    mode: enforce
routes: {product: {match: ["/product/*"]}}
evidence: {prior: -2.0, automation_tool: 5.0, no_user_agent: 0.1}
policy:
  import: []
  rules:
    - name: elsewhere
      when: request.route == "product" && request.method == "POST"
      action: block
    - name: tried
      when: request.route == "product"
      action: block
      mode: monitor
    - name: too-fast
      when: request.route == "product" && client.rate("session", "1m") > 3.0
      action: throttle
    - name: suspect
      owner: shop team
      when: band == "certain" || !(risk < 90.0)
      action: challenge
    - name: last
      when: request.method == "GET"
      action: throttle
"""
BOT = (Evidence("automation_tool", 5.0, "declares curl"), Evidence("no_user_agent", 1.0, "none"))


def an_id(number: int) -> str:
    return f"01a20712-a550-77c2-8c06-2117{number:08d}"


def a_log(folder: Path, count: int, *evidence: Evidence) -> Path:
    lines = [
        a_line(
            an_id(number),
            visit=a_visit(a_request("/product/17", arrived=1_790_000_000.0 + number)),
            decision=a_decision(evidence=evidence),
            outcome=an_outcome(),
        )
        for number in range(count)
    ]
    path = folder / "events.jsonl"
    path.write_bytes(b'{"torn\n' + b"".join(lines))
    (folder / "stile.yaml").write_text(POLICY)
    return path


def explained(folder: Path, count: int, *evidence: Evidence) -> Explanation:
    found = explanation_of(an_id(count - 1), a_log(folder, count, *evidence), str(folder / "stile.yaml"))
    assert found is not None
    return found


def outcomes(found: Explanation) -> dict[str, str]:
    return {asked.rule.name: asked.outcome for asked in found.asked}


def test_every_rule_says_what_came_of_it(tmp_path):
    assert outcomes(explained(tmp_path, 1, *BOT)) == {
        "elsewhere": "does not apply",
        "tried": "noted: would block",
        "too-fast": "does not apply",
        "suspect": "decided: challenge",
        "last": "not asked",
    }


def test_every_part_has_its_value(tmp_path):
    asked = {each.rule.name: each for each in explained(tmp_path, 2, *BOT).asked}
    rate = asked["too-fast"].parts[-1]

    assert [part.value for part in asked["elsewhere"].parts] == [False, True, False]
    assert (rate.text, rate.value) == ('client.rate("session", "1m") > 3.0', False)
    assert [(read.text, read.value) for read in rate.reads] == [('client.rate("session", "1m")', 2.0)]


def test_a_log_is_counted_up_to_the_decision(tmp_path):
    assert outcomes(explained(tmp_path, 4, *BOT))["too-fast"] == "decided: throttle"


CHANGES = {
    "evidence": "without automation_tool (+5.00) the risk would be 13, and the action would be throttle",
    "clearance": "with a clearance of level browser the action would be throttle",
    "rule": "without the rule suspect, last would have decided: throttle",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_would_have_changed_it_is_said(tmp_path, change):
    assert change in explained(tmp_path, 1, *BOT).otherwise


def test_what_would_have_changed_nothing_is_not(tmp_path):
    assert not any("no_user_agent" in change for change in explained(tmp_path, 1, *BOT).otherwise)


def test_a_limit_says_how_far_it_was_passed(tmp_path):
    assert 'client.rate("session", "1m") was 4; the rule\'s line is 3.0' in explained(tmp_path, 4).otherwise


def test_a_stranger_can_read_it(tmp_path):
    text = rendered(panels(explained(tmp_path, 1, *BOT)))

    assert re.search(r"· elsewhere +request\.method == \"POST\"   request\.method is \"GET\"", text)
    assert re.search(r"✓ suspect +decided: challenge *│\n│ +shop team", text)
    assert re.search(r"true +band == \"certain\"   band is \"certain\"", text)


def test_the_last_decision_about_an_address_is_found(tmp_path):
    found = event_about(a_log(tmp_path, 3), "203.0.113.7")

    assert found is not None
    assert found["event"]["id"] == an_id(2)


def test_nobody_is_found_in_vain(tmp_path):
    log = a_log(tmp_path, 2)

    assert event_about(log, "203.0.113.8") is None
    assert explanation_of("no such id", log, str(tmp_path / "stile.yaml")) is None
