"""What Stile did to a session says who it was, better than any log could; none of it becomes a feature."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from analysis.labels import Label, is_declared, label_of
from analysis.sessions import Session
from config.judge import ORDERS
from detectors.behaviour.client import TRAP
from detectors.identity.bot_claim import BotStatus
from detectors.value import value
from detectors.visit import Level


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
OF_LOGS = frozenset((Sign.DECLARED, Sign.MACHINE, Sign.BROWSER))  # what `label_of` finds by itself
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


def for_training(item: Labelled) -> Session:
    """The session, knowing what it was where something else than its log told so."""
    return item.session if item.sign in OF_LOGS else replace(item.session, bot=item.bot)
