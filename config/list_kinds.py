"""What lists can hold, how one line of each kind reads, and what answers whether something is listed."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Protocol

from config.networks import Networks, span_of
from config.user_agents import UserAgents
from detectors.value import value

MAX_FAULTS = 20  # of one list: a file of another kind is told by its first lines
SHORTEST_AGENT = 3

_COMMENT = re.compile(r"(^|\s)#.*")
_ASN = re.compile(r"(?:AS)?([0-9]{1,10})\Z", re.IGNORECASE)


class Kind(StrEnum):
    """The word that an operator writes."""

    NETWORKS = "networks"
    USER_AGENTS = "user_agents"
    PATHS = "paths"
    ASNS = "asns"
    TEXTS = "texts"


class Entries(Protocol):
    """Says whether something is among them."""

    def __contains__(self, wanted: Any, /) -> bool: ...


@value
class Listing:
    """One list: what it holds (None where that is not known yet), and what can be looked for in it."""

    kind: Kind | None
    entries: Entries


@value
class BadLine:
    """What is wrong with a line; lines and columns count from 1."""

    line: int
    column: int
    message: str


class Paths:
    """Whole paths, and those below a path: `/old/*` holds `/old/7`, and neither `/old` nor `/older`."""

    __slots__ = ("_below", "_lengths", "_whole")

    def __init__(self, patterns: Iterable[str]) -> None:
        every = frozenset(patterns)
        self._whole = frozenset(each for each in every if not each.endswith("/*"))
        self._below = frozenset(each[:-1] for each in every if each.endswith("/*"))
        self._lengths = tuple(sorted({len(each) for each in self._below}))

    def __contains__(self, path: str) -> bool:
        return path in self._whole or any(path[:length] in self._below for length in self._lengths)


@value
class Reading:
    """How a kind is read: one entry at a time, then all together. `asks` is what is looked for, "" any text.

    Both raise ValueError with what is wrong.
    """

    entry: Callable[[str], Any]
    gather: Callable[[list[Any]], Entries]
    asks: str


def _agent(text: str) -> str:
    if len(text) < SHORTEST_AGENT:
        raise ValueError(f"must be {SHORTEST_AGENT} characters at least, or nearly everybody is meant")
    return text


def _path(text: str) -> str:
    whole = text.removesuffix("/*")
    if not text.startswith("/") or any(char in whole for char in "*?#"):
        raise ValueError("must be a path such as /old/page, or /old/* for all below it")
    return text


def _asn(text: str) -> int:
    found = _ASN.match(text)
    if not found or not 0 < int(found[1]) < 1 << 32:
        raise ValueError("must be the number of an autonomous system such as 64496 or AS64496")
    return int(found[1])


READINGS = {
    Kind.NETWORKS: Reading(span_of, lambda spans: Networks(spans=spans), "request.ip"),
    Kind.USER_AGENTS: Reading(_agent, UserAgents, "request.user_agent"),
    Kind.PATHS: Reading(_path, Paths, "request.path"),
    Kind.ASNS: Reading(_asn, frozenset, "request.asn"),
    Kind.TEXTS: Reading(str, frozenset, ""),
}


def entry_in(line: str) -> str:
    """The entry of a line, without its comment; empty where there is none."""
    return (_COMMENT.sub("", line) if "#" in line else line).strip()


def read_lines(kind: Kind, lines: Iterable[str]) -> tuple[Entries, list[BadLine]]:
    """What the lines list, and those that are wrong: the first MAX_FAULTS of them."""
    read, found, faults = READINGS[kind].entry, [], []
    for number, line in enumerate(lines, 1):
        text = entry_in(line)
        if not text:
            continue
        try:
            found.append(read(text))
        except ValueError as error:
            faults.append(BadLine(number, line.find(text) + 1, str(error)))
            if len(faults) >= MAX_FAULTS:
                break
    try:
        return READINGS[kind].gather(found), faults
    except ValueError as error:
        return frozenset(), [*faults, BadLine(1, 1, str(error))]
