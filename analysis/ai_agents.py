"""Writes detectors/identity/ai_agents.json from the names that ai.robots.txt gathers, by hand."""

import datetime
import sys
from collections.abc import Mapping
from pathlib import Path

import orjson

from detectors.identity.bot_catalogue import listed_category

SOURCE = "names and functions of ai.robots.txt (github.com/ai-robots-txt/ai.robots.txt, robots.json)"
LICENCE = "MIT"
# Words of the list's `function`, in order of precedence, and the category that they mean. Who acts for a
# person is told from who collects; where the list says nothing clear, collecting is assumed.
MEANINGS = (
    ("Undocumented", "ai-training"),
    ("train", "ai-training"),
    ("LLM", "ai-training"),
    ("AI Assistants", "ai-assistant"),
    ("AI Agents", "ai-assistant"),
    ("AI Coding Agents", "ai-assistant"),
    ("user prompts", "ai-assistant"),
    ("answers to user", "ai-assistant"),
    ("responses to u", "ai-assistant"),
    ("AI Search Crawlers", "ai-search"),
    ("Search result", "ai-search"),
    ("AI search", "ai-search"),
    ("search engine", "ai-search"),
)
ENDINGS = (("-user", "ai-assistant"), ("agent", "ai-assistant"), ("searchbot", "ai-search"))
OTHERWISE = "ai-training"
# The list names them for training, too, but what they do on a site is another category's business.
KEPT = frozenset({"search", "social-preview", "library", "seo"})
# Ordinary words: they name an agent only where a user agent begins with them or says "compatible; NAME".
# Editors for programmers open pages to people with `Code/1.96` in the middle of a browser's user agent.
ORDINARY = frozenset(
    {
        *(
            "Awario",
            "Code",
            "Crawlspace",
            "Cursor",
            "Devin",
            "LCC",
            "Lightpanda",
            "newsai",
            "OpenAI",
            "opencode",
        ),
        *("Operator", "Spider", "Trae", "UseAI", "YaK"),
    }
)


def listing(robots: Mapping[str, Mapping[str, str]], gathered: datetime.date) -> bytes:
    """The whole document: source, date, and every agent's category, sorted by name."""
    agents: dict[str, dict[str, object]] = {}
    for name, about in sorted(robots.items(), key=lambda item: item[0].lower()):
        plain = name.partition("/")[0]
        if listed_category(plain) in KEPT:
            continue
        agents[plain] = {"category": _category(plain, about.get("function", ""))}
        if plain in ORDINARY:
            agents[plain]["ordinary"] = True
    document = {"source": SOURCE, "licence": LICENCE, "gathered": gathered.isoformat(), "agents": agents}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _category(name: str, function: str) -> str:
    found = next((category for words, category in MEANINGS if words in function), "")
    named = next((category for ending, category in ENDINGS if name.lower().endswith(ending)), "")
    return found or named or OTHERWISE


if __name__ == "__main__":
    found = orjson.loads(Path(sys.argv[1]).read_bytes())
    sys.stdout.buffer.write(listing(found, datetime.date.fromisoformat(sys.argv[2])))
