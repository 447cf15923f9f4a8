"""One version of a robots.txt: whom it keeps from where (RFC 9309)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

from protego import Protego

from detectors.value import value

MAX_CHARACTERS = 500 * 1024  # RFC 9309 section 2.5: a crawler reads at least so much
MAX_LINES = 20_000
MAX_AGENT = 512
MAX_REMEMBERED = 4096
LONGEST_REMEMBERED = 512  # characters of a target, so that hostile ones cannot fill the memory
ROBOTS_PATH = "/robots.txt"
HEEDS_NO_STAR = ("adsbot-google", "mediapartners-google")  # by Google's own account, unless they are named
AGENT_FIELDS, RULE_FIELDS = ("user-agent", "useragent", "user agent"), ("allow", "disallow")
WORD_MARKS = ("-", "_")
EVERYBODY, NOBODY = "*", ""
SOMEBODY = "somebody-without-a-group"
AS_THEY_ARE = "/?=&%+:;,@!~*'()$-._"


@value
class Line:
    """One line, the name of its field in lower case (empty where it has none), and what it says."""

    text: str
    field: str
    content: str


class RobotsFile:
    """Answers for one version of the file; what was asked is remembered within bounds.

    Protego reads the rules. Which group is whose is found here: Protego would keep every user agent that it
    is asked about, and would give a Baiduspider the rules for `spider`.
    """

    __slots__ = ("__weakref__", "_agent_of", "_allowed", "_rules", "agents")

    def __init__(self, text: str) -> None:
        """Read `text`, of which whatever makes no sense says nothing. `agents` have groups, in lower case."""
        lines = list(lines_of(text[:MAX_CHARACTERS]))[:MAX_LINES]
        self.agents = frozenset(line.content.lower() for line in lines if line.field in AGENT_FIELDS) - {""}
        self._rules = Protego.parse("\n".join(line.text for line in lines))
        self._agent_of = lru_cache(maxsize=MAX_REMEMBERED)(self._group_of)
        self._allowed = lru_cache(maxsize=MAX_REMEMBERED)(self._rules.can_fetch)

    def forbids(self, name: str, user_agent: str, path: str, query: str = "") -> bool:
        """True where a client of this user agent must not ask for the target.

        `name` is what we call the bot, empty for none; `path` is as `Request.path`. Of the groups that name
        the client the longest name counts, else the one for all.
        """
        if not self.agents or path == ROBOTS_PATH:
            return False
        agent = self._agent_of(f"{name}\n{user_agent[:MAX_AGENT].lower()}")
        if agent is NOBODY:
            return False
        url = "http://shop" + escaped(path + "?" + query if query else path)
        look = self._allowed if len(url) <= LONGEST_REMEMBERED else self._rules.can_fetch
        return not look(url, agent)

    def _group_of(self, agent: str) -> str:
        """The agent to ask Protego about."""
        found = max((each for each in self.agents if stands_in(each, agent)), key=len, default="")
        if found:
            return found
        return NOBODY if agent.startswith(HEEDS_NO_STAR) else SOMEBODY


def stands_in(token: str, agent: str) -> bool:
    """Whether it stands there as a word: `googlebot` in Googlebot-Image, but no `spider` in Baiduspider."""
    at = agent.find(token)
    while at >= 0:
        before, after = agent[at - 1 : at] if at else "", agent[at + len(token) : at + len(token) + 1]
        if not (before.isalnum() or before in WORD_MARKS) and not after.isalnum():
            return True
        at = agent.find(token, at + 1)
    return False


def escaped(text: str) -> str:
    """A path or query with what is not plain ASCII escaped; `text` is as in `Request.path`."""
    return (
        text if text.isascii() and text.isprintable() else quote(text, AS_THEY_ARE, errors="surrogateescape")
    )


def lines_of(text: str) -> Iterator[Line]:
    """Every line of a file."""
    for line in re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")):
        name, colon, content = line.partition("#")[0].partition(":")
        yield Line(line, name.strip().lower() if colon else "", content.strip())
