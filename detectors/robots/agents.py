"""The names by which a robots.txt calls the crawlers of a category."""

import json
import re
from functools import cache
from importlib.resources import files

from detectors.identity.known_bots import KNOWN_BOTS

# Names that stand in robots.txt alone and in no user agent: they ask about what becomes of pages that the
# operator's search engine fetches. Google's overview of its common crawlers; support.apple.com/119829
CONTROLS = {"Google-Extended": "ai-training", "Applebot-Extended": "ai-training"}
ALSO = {"anthropic-ai": "ai-training", "Claude-Web": "ai-training"}
# RFC 9309 section 2.2.1, but for digits, which some have. Shorter or plainer words would mean others too.
TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{3,}")
PLAIN = frozenset(("spider", "openai", "code", "operator", "bravebot"))  # the last is a search engine's


@cache
def agents_of(category: str) -> tuple[str, ...]:
    """The agents of one category of docs/bots.md, sorted."""
    document = json.loads(files("detectors.identity").joinpath("ai_agents.json").read_bytes())
    found = {
        name.lower(): name for name, about in document["agents"].items() if about["category"] == category
    }
    for known in KNOWN_BOTS:
        if known.category == category:
            found.setdefault(known.name, known.name)
        else:
            found.pop(known.name, None)  # what we say of a bot goes before what a list says
    found |= {name.lower(): name for name, each in (CONTROLS | ALSO).items() if each == category}
    tokens = [name for key, name in found.items() if key not in PLAIN and TOKEN.fullmatch(name)]
    return tuple(sorted(tokens, key=str.lower))
