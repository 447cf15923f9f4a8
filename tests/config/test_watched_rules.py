"""A rule that is only watched changes nothing for anybody, and every event says where it would have acted."""

from dataclasses import replace

import pytest

from config.decision import Action, Decision, Mode
from config.judge import judge
from config.rollout import takes_part
from detectors.visit import Ban, Level
from tests.support.policies import a_policy
from tests.support.requests import a_request
from tests.support.rules import a_first_visit

NOW = a_request().arrived
WATCHED = "{name: watched, when: 'true', action: block, mode: monitor}"
WATCHED_ALLOW = "{name: watched-allow, when: 'true', action: allow, mode: monitor}"
WATCHED_ASK = "{name: watched-ask, when: 'true', action: challenge, mode: monitor}"
UNMET = "{name: unmet, when: 'false', action: block, mode: monitor}"
SLOW = "{name: slow, when: 'true', action: throttle}"
PART = "{name: part, when: 'true', action: block, rollout: 50%}"
IN = next(f"10.0.0.{n}" for n in range(99) if takes_part("part", f"10.0.0.{n}", 50.0))
OUT = next(f"10.0.0.{n}" for n in range(99) if not takes_part("part", f"10.0.0.{n}", 50.0))


def judged(*rules: str, address: str = IN, now: float = NOW, **changes: object) -> Decision:
    """The decision about a first page load from `address` under `rules` alone."""
    visit = a_first_visit(replace(a_request(), address=address), **changes)
    return judge(visit, a_policy(*rules), Mode.ENFORCE, now)


CASES = {
    "nothing else": ((WATCHED,), {}, "", ["watched"]),
    "a rule behind it": ((WATCHED, SLOW), {}, "slow", ["watched"]),
    "a rule before it": ((SLOW, WATCHED), {}, "slow", []),
    "one that does not apply": ((UNMET, SLOW), {}, "slow", []),
    "an allow": ((WATCHED_ALLOW, WATCHED, SLOW), {}, "slow", ["watched-allow", "watched"]),
    "a challenge": ((WATCHED_ASK,), {}, "", ["watched-ask"]),
    "a challenge that was passed": ((WATCHED_ASK,), {"clearance": Level.POW}, "", []),
    "inside of the rollout": ((PART, SLOW), {"address": IN}, "part", []),
    "outside of the rollout": ((PART, SLOW), {"address": OUT}, "slow", ["part"]),
}


@pytest.mark.parametrize(("rules", "changes", "rule", "noted"), CASES.values(), ids=CASES)
def test_what_is_only_watched_is_noted_and_the_next_rule_is_asked(rules, changes, rule, noted):
    decision = judged(*rules, **changes)

    assert (decision.rule, [each.rule for each in decision.noted]) == (rule, noted)


def test_a_watched_allow_beats_no_ban():
    decision = judged(WATCHED_ALLOW, ban=Ban("ip", NOW + 60.0, "scraped"))

    assert (decision.action, [each.action for each in decision.noted]) == (Action.BLOCK, [Action.ALLOW])


def test_a_watched_decoy_leads_nobody_astray():
    decoy = "{name: maze, when: 'true', action: decoy, mode: monitor}"

    assert not a_policy(decoy).misleads


BOXED = "{name: sale, when: 'true', action: block, until: 2026-12-01T18:00:00Z}"
END = 1_796_148_000.0


@pytest.mark.parametrize(("now", "rule"), [(END - 1.0, "sale"), (END, ""), (END + 1e9, "")])
def test_a_rule_does_not_apply_from_its_end_on(now, rule):
    assert judged(BOXED, now=now).rule == rule


def test_owner_and_note_are_kept_for_people():
    rule = a_policy("{name: one, when: 'true', action: allow, owner: shop, note: for the sale}").rules[0]

    assert (rule.owner, rule.note) == ("shop", "for the sale")
