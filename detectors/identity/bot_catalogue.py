"""A user agent in, a claimed bot out. The address is not known here, so no claim is ever proven here."""

import re
from collections.abc import Iterator
from functools import cache

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
# Left out of the package's list: what people's apps are built on, what a CDN writes over its visitors' user
# agent, and what detectors/fingerprint/headless.py weighs instead.
NOT_BOTS = frozenset({
    "okhttp",
    "HttpUrlConnection",
    "Amazon CloudFront",
    "Fluid",
    "HeadlessChrome",
    "PhantomJS",
    "Playwright",
    "Puppeteer",
    "Selenium",
    r"splash Version\/",
})  # fmt: skip

ASSISTANT = re.compile(r"User|Agent|fetch|NotebookLM|Deep-Research", re.IGNORECASE)
ESCAPED = re.compile(r"\\([^a-zA-Z0-9])")
META = re.compile(r"[.^$*+?{}\[\]|()\\]")


@value
class Entry:
    """One pattern of the list. `find` gives the matched text, which names the bot where we do not."""

    find: re.Pattern[str]
    name: str
    category: str


def declared_bot(user_agent: str) -> BotClaim:
    """The bot that `user_agent` (at most 512 characters) declares to be, unverified; NO_CLAIM for none."""
    if not user_agent:
        return NO_CLAIM
    entries = _entries()
    for rank in sorted(_candidates(user_agent)):
        found = entries[rank].find.search(user_agent)
        if found:
            return _claim(entries[rank].name or found[0], entries[rank].category)
    return _unlisted(user_agent.lower())


def _claim(name: str, category: str) -> BotClaim:
    name = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")[:MAX_NAME_CHARS] or "bot"
    return BotClaim(name, category, BotStatus.UNVERIFIED, "user_agent")


def _candidates(user_agent: str) -> list[int]:
    """The few entries that may match: by its pieces, and all others if any of them matches."""
    index, others, any_other = _catalogue()
    pieces = {user_agent[start : start + GRAM] for start in range(len(user_agent) - GRAM + 1)}
    ranks = [rank for piece in pieces & index.keys() for rank in index[piece]]
    return [*ranks, *others] if any_other.search(user_agent) else ranks


def _unlisted(lower: str) -> BotClaim:
    if not any(word in lower for word in DECLARED_WORDS):
        return NO_CLAIM
    found = re.search(DECLARED.pattern, lower)
    return _claim(found[0], DECLARED.category) if found else NO_CLAIM


@cache
def _entries() -> tuple[Entry, ...]:
    """Every known pattern; the first that matches gives name and category."""
    return (*_own(KNOWN_BOTS), *_listed(), *_own(LIBRARIES))


def _own(bots: tuple[KnownBot, ...]) -> Iterator[Entry]:
    for bot in bots:
        yield Entry(re.compile(bot.pattern), bot.name, bot.category)


def _listed() -> Iterator[Entry]:
    for crawler in CRAWLER_USER_AGENTS_DATA:
        if crawler["pattern"] not in NOT_BOTS:
            yield Entry(re.compile(crawler["pattern"]), "", _category(crawler["pattern"], crawler["tags"]))


@cache
def _catalogue() -> tuple[dict[str, list[int]], tuple[int, ...], re.Pattern[str]]:
    """Entries by one four-letter piece of their fixed text, those without it, and these joined into one.

    Trying 1,500 patterns costs 150 µs for a browser, which matches none of them, and a flood of new user
    agents makes us pay it each time; this way costs 50 µs.
    """
    index: dict[str, list[int]] = {}
    others: list[int] = []
    for rank, entry in enumerate(_entries()):
        literal = _fixed_text(entry.find.pattern)
        if len(literal) < GRAM:
            others.append(rank)
            continue
        pieces = [literal[start : start + GRAM] for start in range(len(literal) - GRAM + 1)]
        index.setdefault(min(pieces, key=lambda piece: len(index.get(piece, ()))), []).append(rank)
    any_other = re.compile("|".join(f"(?:{_entries()[rank].find.pattern})" for rank in others))
    return index, tuple(others), any_other


def _fixed_text(pattern: str) -> str:
    """The text that every match of a pattern without choices holds; empty for any other pattern."""
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
