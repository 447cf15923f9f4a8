"""A user agent in, a claimed bot out. The address is not known here, so no claim is ever proven here."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from detectors.identity.bot_claim import NO_CLAIM, BotClaim, BotStatus
from detectors.identity.known_bots import DECLARED, DECLARED_WORDS, KNOWN_BOTS, LIBRARIES, KnownBot
from detectors.value import value

MAX_NAME_CHARS = 40
GRAM = 4  # letters; a user agent of 110 letters has 107 such pieces, and few of them start a bot's name

CATEGORIES = {
    "http-library": "library",
    "search-engine": "search",
    "social-preview": "social-preview",
    "feed-reader": "feed",
    "monitoring": "monitoring",
    "scanner": "scanner",
    "advertising": "advertising",
    "archiver": "archive",
    "academic": "archive",
    "seo": "seo",
    "browser-automation": "ai-assistant",
}
# Left out of the package's list: what people's apps are built on, an editor that shows pages to people, what
# a CDN writes over its visitors' user agent, and what detectors/fingerprint/headless.py weighs instead.
NOT_BOTS = frozenset({
    "okhttp",
    "HttpUrlConnection",
    "Amazon CloudFront",
    "Fluid",
    r"Code\/1\.",
    "HeadlessChrome",
    "PhantomJS",
    "Playwright",
    "Puppeteer",
    "Selenium",
    r"splash Version\/",
})  # fmt: skip

# Patterns of the list that would take people too: Slack's window says `Sonic Slack_SSB/4.38`.
NARROWER = {"Sonic": r"RankSonic|Sonic/"}

ASSISTANT = re.compile(r"User|Agent|fetch|NotebookLM|Deep-Research", re.IGNORECASE)
ESCAPED = re.compile(r"\\([^a-zA-Z0-9])")
META = re.compile(r"[.^$*+?{}\[\]|()\\]")


@value
class Entry:
    """One pattern: it cannot match without `text`; `choice` is compiled where more than text decides."""

    pattern: str
    text: str
    choice: re.Pattern[str] | None
    name: str
    category: str

    def find(self, user_agent: str) -> str:
        """The text that matches, empty for none. Plain text needs no regular expression: 0.1 µs, not 1."""
        if self.choice is not None:
            found = self.choice.search(user_agent)
            return found[0] if found else ""
        if self.text not in user_agent:
            return ""
        if self.pattern.startswith("^") and not user_agent.startswith(self.text):
            return ""
        if self.pattern.endswith("$") and not user_agent.endswith(self.text):
            return ""
        return self.text


@value
class Catalogue:
    """Entries in order of precedence, and where to look for them.

    `index` leads from a four-letter piece to the entries that look for it; `choices` are the entries without
    fixed text, `any_choice` all of these in one. Trying 1,500 patterns in turn would cost 150 µs for a
    browser, which matches none, and a flood of new user agents would make us pay that each time.
    """

    entries: tuple[Entry, ...]
    index: Mapping[str, Sequence[int]]
    choices: tuple[int, ...]
    any_choice: re.Pattern[str]


def declared_bot(user_agent: str) -> BotClaim:
    """The bot that `user_agent` (at most 512 characters) declares to be, unverified; NO_CLAIM for none."""
    if not user_agent:
        return NO_CLAIM
    known = catalogue()
    for rank in sorted(_candidates(known, user_agent)):
        entry = known.entries[rank]
        found = entry.find(user_agent)
        if found:
            return _claim(entry.name or found, entry.category)
    return _unlisted(user_agent.lower())


@cache
def catalogue() -> Catalogue:
    """The one catalogue, made on first use: 30 ms."""
    entries = (*_own(KNOWN_BOTS), *_ai_agents(), *_listed(), *_own(LIBRARIES))
    index: dict[str, list[int]] = {}
    choices: list[int] = []
    for rank, entry in enumerate(entries):
        pieces = _pieces(entry.text)
        if pieces:
            index.setdefault(min(pieces, key=lambda piece: (len(index.get(piece, ())), piece)), []).append(
                rank
            )
        else:
            choices.append(rank)
    any_choice = re.compile("|".join(f"(?:{entries[rank].pattern})" for rank in choices))
    return Catalogue(entries, index, tuple(choices), any_choice)


def _claim(name: str, category: str) -> BotClaim:
    name = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")[:MAX_NAME_CHARS] or "bot"
    return BotClaim(name, category, BotStatus.UNVERIFIED, "user_agent")


def _candidates(known: Catalogue, user_agent: str) -> list[int]:
    ranks = [rank for piece in _pieces(user_agent) & known.index.keys() for rank in known.index[piece]]
    return [*ranks, *known.choices] if known.any_choice.search(user_agent) else ranks


def _pieces(text: str) -> set[str]:
    return {text[start : start + GRAM] for start in range(len(text) - GRAM + 1)}


def _unlisted(lower: str) -> BotClaim:
    if not any(word in lower for word in DECLARED_WORDS):
        return NO_CLAIM
    found = re.search(DECLARED.pattern, lower)
    return _claim(found[0], DECLARED.category) if found else NO_CLAIM


def _own(bots: tuple[KnownBot, ...]) -> Iterator[Entry]:
    for bot in bots:
        yield _entry(bot.pattern, bot.name, bot.category)


def _ai_agents() -> Iterator[Entry]:
    """The shipped list; written by analysis/ai_agents.py, which says where its facts are from."""
    document = json.loads(files("detectors.identity").joinpath("ai_agents.json").read_bytes())
    for name, about in sorted(document["agents"].items(), key=lambda item: -len(item[0])):
        before = r"(?:^|compatible; )" if about.get("ordinary") else r"(?<![A-Za-z0-9_-])"
        pattern = f"{before}{re.escape(name)}(?![A-Za-z0-9_-])"
        text = name if len(name) >= GRAM else ""
        yield Entry(pattern, text, re.compile(pattern), name, about["category"])


@cache
def _by_the_package() -> tuple[Entry, ...]:
    return tuple(_listed())


def listed_category(name: str) -> str:
    """What the package alone says of an agent by its name; empty where it does not know it."""
    own = (*_own(KNOWN_BOTS), *_by_the_package())
    return next((entry.category for entry in own if entry.find(name) and entry.find(f"{name}/1.0")), "")


def _listed() -> Iterator[Entry]:
    for crawler in CRAWLER_USER_AGENTS_DATA:
        pattern = crawler["pattern"]
        if pattern not in NOT_BOTS:
            yield _entry(NARROWER.get(pattern, pattern), "", _category(pattern, crawler["tags"]))


def _entry(pattern: str, name: str, category: str) -> Entry:
    text = _fixed_text(pattern)
    return Entry(pattern, text, None if text else re.compile(pattern), name, category)


def _fixed_text(pattern: str) -> str:
    """The text that a pattern without choices looks for; empty for any other pattern."""
    plain = pattern.removeprefix("^").removesuffix("$")
    if META.search(ESCAPED.sub("", plain)):
        return ""
    return ESCAPED.sub(r"\1", plain)


def _category(pattern: str, tags: list[str]) -> str:
    if "ai-crawler" in tags:
        if ASSISTANT.search(pattern):
            return "ai-assistant"
        return "ai-search" if "search-engine" in tags or "Search" in pattern else "ai-training"
    return next((category for tag, category in CATEGORIES.items() if tag in tags), "other")
