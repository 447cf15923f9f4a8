"""How many declared bots are recognised, and how many people are taken for one: counted on public lists."""

import gzip
import json
from pathlib import Path

import pytest

from detectors.identity.bot_catalogue import declared_bot
from detectors.identity.bot_claim import NO_CLAIM
from detectors.inspection import Inspector
from tests.support import header_sets as sets

CASES = Path(__file__).parents[4] / "shared/cases/user_agents"
BOT_EVIDENCE = {"declared_bot", "automation_tool", "headless"}

needs_cases = pytest.mark.skipif(not CASES.exists(), reason="the public user agents are not on this machine")


def recognised(inspector: Inspector, user_agent: str) -> bool:
    """Whether the headers give evidence of a bot that says so itself."""
    sighting = inspector.sighting(sets.sent(((b"User-Agent", user_agent.encode("utf-8")),)))
    return any(item.id in BOT_EVIDENCE and item.log_odds > 0 for item in sighting.evidence)


@needs_cases
def test_declared_bots_are_recognised_and_people_are_not() -> None:
    inspector = Inspector({})
    crawlers = json.loads((CASES / "crawler-user-agents.json").read_bytes())
    agents = json.loads((CASES / "ai_robots.json").read_bytes())
    people = json.loads(gzip.decompress((CASES / "intoli_user-agents_2.1.198.json.gz").read_bytes()))
    instances = [instance for crawler in crawlers for instance in crawler["instances"]]
    names = [*agents, *(f"Mozilla/5.0 (compatible; {name}/1.0)" for name in agents)]

    missed = [each for each in instances if not recognised(inspector, each)]
    unnamed = [each for each in names if declared_bot(each) is NO_CLAIM]
    mistaken = [each["userAgent"] for each in people if recognised(inspector, each["userAgent"])]

    assert len(instances) > 2000
    assert len(missed) <= 0.005 * len(instances), missed
    assert len(unnamed) <= 0.005 * len(names), unnamed
    assert len(people) == 10_000
    assert len(mistaken) <= 0.0001 * len(people), mistaken


@pytest.mark.parametrize(
    ("user_agent", "category"),
    {
        "Mozilla/5.0 (compatible; AI2Bot/1.0; +https://allenai.org/crawler)": "ai-training",
        "Mozilla/5.0 (compatible; meta-externalagent/1.1)": "ai-training",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; MistralAI-User/1.0": "ai-assistant",
        "Mozilla/5.0 (compatible; Amzn-SearchBot/0.1)": "ai-search",
        "facebookexternalhit/1.1": "social-preview",
    }.items(),
)
def test_an_agent_of_an_ai_company_has_a_category(user_agent: str, category: str) -> None:
    assert declared_bot(user_agent).category == category


BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) {} Safari/537.36"
EDITORS = (
    "Code/1.96.2 Chrome/128.0.6613.186 Electron/32.2.6",
    "Cursor/0.45.11 Chrome/128.0.6613.186 Electron/32",
    "Slack/4.38.125 Chrome/126.0.6478.183 Electron/31.3.1 Sonic Slack_SSB/4.38.125",
)


@pytest.mark.parametrize("editor", EDITORS)
def test_a_program_that_shows_pages_is_a_person_s(editor: str) -> None:
    assert declared_bot(BROWSER.format(editor)) is NO_CLAIM
