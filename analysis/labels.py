"""No log says who was a person; these signs are the best guess, and nothing of them may become a feature."""

from enum import Enum
from functools import cache

from analysis.sessions import Session
from detectors.behaviour.step import OTHER, PAGE
from detectors.identity.bot_catalogue import declared_bot
from detectors.identity.bot_claim import NO_CLAIM

MAX_AGENT_CHARS = 512
STYLES_AND_SCRIPTS = frozenset(("css", "js"))
MARKUP = frozenset(("xml", "rss", "atom", ""))  # `/feed/` has no extension


class Label(Enum):
    """What a session most likely was."""

    PERSON = 0
    BOT = 1
    UNKNOWN = 2


def label_of(session: Session) -> Label:
    """A bot declares itself, reads robots.txt or asks with HEAD; a person's browser reads a page and fetches
    at least two styles or scripts from within it. Who does neither stays unknown, out of all figures. What is
    known of a session goes before what its log shows.
    """
    if session.bot is not None:
        return Label.BOT if session.bot else Label.PERSON
    if is_declared(session.agent):
        return Label.BOT
    if any(act.step.is_robots or act.step.is_head for act in session.acts):
        return Label.BOT
    fetched = sum(act.extension in STYLES_AND_SCRIPTS and act.step.has_referrer for act in session.acts)
    read = any(act.step.kind is PAGE for act in session.acts)
    return Label.PERSON if read and fetched >= 2 else Label.UNKNOWN


def is_doubtful(session: Session) -> bool:
    """Whether a session that `label_of` takes for a person asked for what only readers of markup ask for.

    Feeds and service descriptions are named in a page's head (`<link rel="alternate">`, `rel="EditURI"`); no
    browser fetches them by itself. Who does, with the page as referrer, also fetches its styles and scripts,
    and so looks like a browser to the labels.
    """
    return session.bot is None and any(
        act.step.kind is OTHER
        and act.step.has_referrer
        and act.extension in MARKUP
        and not (act.step.is_head or act.step.is_robots)
        for act in session.acts
    )


@cache
def is_declared(agent: str) -> bool:
    """True where the user agent says that it is a bot."""
    return declared_bot(agent[:MAX_AGENT_CHARS]) is not NO_CLAIM
