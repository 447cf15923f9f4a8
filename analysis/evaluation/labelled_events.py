"""What Stile did to a session says who it was, better than any log could; none of it becomes a feature."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from functools import cache
from typing import Any

from analysis.labels import MAX_AGENT_CHARS, Label, label_of
from analysis.sessions import Session
from config.judge import ORDERS
from detectors.behaviour.client import TRAP
from detectors.behaviour.step import ASSET, PAGE, Step, hash_of
from detectors.identity.bot_catalogue import declared_bot
from detectors.identity.bot_claim import NO_CLAIM, BotStatus
from detectors.value import value
from detectors.visit import Level

DECLARED = "Stilebot/1.0 (bot; what Stile found out)"


class Sign(Enum):
    """What wrote a label, strongest first; the text is for reports."""

    TRAP = "touched a trap"
    FAILED = "failed or forged an answer"
    BANNED = "an operator's ban"
    SPOOFED = "claims a bot that it is not"
    VERIFIED = "a verified bot"
    DECLARED = "declares itself a bot"
    MACHINE = "read robots.txt or sent HEAD"
    SOLVED = "solved a proof of work"
    PASSED = "an operator's pass"
    BROWSER = "styles and scripts from a page"


PEOPLE = frozenset((Sign.SOLVED, Sign.PASSED, Sign.BROWSER))
STRENGTH = {sign: place for place, sign in enumerate(Sign)}
CLEARED = Level.POW.name.lower()


@value
class Labelled:
    """A session, what it was, and what says so. `declared`: its user agent says that it is a bot."""

    session: Session
    bot: bool
    sign: Sign
    declared: bool


def sign_of(event: Mapping[str, Any]) -> Sign | None:
    """What one of our events tells of its sender. Raises KeyError, TypeError or AttributeError for no event.

    A ban or a pass is an order (`rule.ruleset` is `orders`). Only a proof of work counts as solved: a form
    waits and presses a button, which scripts do as well.
    """
    stile, rule = event["stile"], event.get("rule", {})
    challenge = stile.get("challenge", {})
    order = rule.get("name") if rule.get("ruleset") == ORDERS else ""
    status = (stile.get("bot") or {}).get("status")
    solved = challenge.get("outcome") == "solved" and challenge.get("kind") == CLEARED
    holds = {
        Sign.TRAP: stile.get("route") == TRAP,
        Sign.FAILED: challenge.get("outcome") == "failed",
        Sign.BANNED: order == "ban",
        Sign.SPOOFED: status == BotStatus.SPOOFED,
        Sign.VERIFIED: status == BotStatus.VERIFIED,
        Sign.SOLVED: solved or stile.get("clearance") == CLEARED,
        Sign.PASSED: order == "pass",
    }
    return next((sign for sign, held in holds.items() if held), None)


def labelled(session: Session, signs: Iterable[Sign] = ()) -> Labelled | None:
    """The session with its label; None where nothing tells who it was.

    Signs of a bot beat those of a person: a driven browser solves a proof of work as well, but no person
    touches a trap. Where events say nothing, `label_of` guesses as for a log.
    """
    declared, guess = is_declared(session.agent), label_of(session)
    found = set(signs)
    if guess is Label.BOT:
        found.add(Sign.DECLARED if declared else Sign.MACHINE)
    elif guess is Label.PERSON:
        found.add(Sign.BROWSER)
    if not found:
        return None
    sign = min(found, key=STRENGTH.__getitem__)
    return Labelled(session, sign not in PEOPLE, sign, declared)


def for_training(item: Labelled) -> Session | None:
    """The session in a form in which `label_of` gives it the same label; None where there is none.

    The recipe of the shipped model labels by what a log shows. So what events know is said in a log's words:
    a bot's user agent, a person's two styles. Neither enters a feature.
    """
    wanted = Label.BOT if item.bot else Label.PERSON
    if label_of(item.session) is wanted:
        return item.session
    dressed = replace(item.session, agent=DECLARED) if item.bot else _with_styles(item.session)
    return dressed if label_of(dressed) is wanted else None


@cache
def is_declared(agent: str) -> bool:
    """True where the user agent says that it is a bot."""
    return declared_bot(agent[:MAX_AGENT_CHARS]) is not NO_CLAIM


def _with_styles(session: Session) -> Session:
    place = next((place for place, act in enumerate(session.acts) if act.step.kind is PAGE), None)
    if place is None:
        return session
    page = session.acts[place]
    styles = tuple(
        replace(page, step=_style(f"/{number}.css"), status=200, size=0, extension="css") for number in (1, 2)
    )
    return replace(session, acts=(*session.acts[: place + 1], *styles, *session.acts[place + 1 :]))


def _style(path: str) -> Step:
    return Step(ASSET, hash_of(path), None, 1, True, False, False, False, False)
