"""One word for each category of AI crawlers says what becomes of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.decision import Action, Mode
from config.fault import ConfigFaults
from config.judge import judge
from config.loader import load
from detectors.behaviour.step import step_of
from detectors.visit import Visit
from tests.support.requests import a_request
from tests.support.rules import a_first_visit

AGENTS = {
    "training": b"Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "search": b"Mozilla/5.0 (compatible; Claude-SearchBot/1.0; +claude-searchbot@anthropic.com)",
    "assistant": b"Mozilla/5.0 (compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
}


def decided(ai: str, agent: bytes, *, disallowed: bool = False, requests: int = 1) -> tuple[Action, str]:
    """What a policy with this line does with a crawler, and by which rule."""
    text = f"sites: [{{upstreams: ['http://127.0.0.1:1']}}]\npolicy: {{ai: {ai}}}\n"
    files = {"stile.yaml": text}

    def read(path: str) -> str:
        return files.get(path) or Path(path).read_text("utf-8")

    policy = load("stile.yaml", read).sites[0].policy
    request = a_request("/product/7", headers=((b"Host", b"shop.example.com"), (b"User-Agent", agent)))
    visit: Visit = replace(a_first_visit(request), disallowed=disallowed)
    for _ in range(requests - 1):
        visit.ip.arrive(step_of(request), request.arrived)
    decision = judge(visit, policy, Mode.ENFORCE, request.arrived)
    return decision.action, decision.rule


@pytest.mark.parametrize("category", AGENTS)
@pytest.mark.parametrize(
    ("word", "disallowed", "requests", "action", "rule"),
    [
        ("allow", False, 1, Action.ALLOW, "allow"),
        ("rate", False, 1, Action.ALLOW, "rate"),
        ("rate", False, 60, Action.THROTTLE, "rate-exceeded"),
        ("robots", True, 1, Action.CHALLENGE, "robots"),
        ("challenge", False, 1, Action.CHALLENGE, "challenge"),
        ("block", False, 1, Action.BLOCK, "block"),
    ],
)
def test_one_word_switches_a_category(category, word, disallowed, requests, action, rule):
    said = decided(f"{{{category}: {word}}}", AGENTS[category], disallowed=disallowed, requests=requests)

    assert said == (action, f"ai-{category}-{rule}")


def test_training_crawlers_are_asked_by_robots_txt_first():
    said = [decided("{}", AGENTS["training"], disallowed=forbidden)[1] for forbidden in (False, True)]

    assert said == ["risk-certain", "ai-training-robots"]


def test_a_word_that_there_is_not_is_a_fault():
    with pytest.raises(ConfigFaults, match=r"policy\.ai\.training"):
        decided("{training: blok}", AGENTS["training"])
