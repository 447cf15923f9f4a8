"""Allow rules are the way past everything else: what anybody can send must not be all that they ask for."""

import re
from collections.abc import Iterator

from config.checks.claims import Alternative, Claim, Shape, TooManyAlternatives, alternatives, spoken
from config.checks.finding import Finding
from config.checks.subject import Asked, Subject
from config.decision import Action

# Who somebody is, as far as a request cannot choose it.
PROVEN = frozenset(
    (
        *("request.ip", "request.asn", "request.country", "request.network", "request.fingerprint"),
        *("clearance", "risk", "band", "evidence"),
    )
)
# What a request says of itself.
CLAIMED = frozenset(("request.user_agent", "bot.name", "bot.category"))
# What narrows nothing down, beside a claim.
FREE = frozenset(
    (
        *("request.method", "request.host", "request.scheme", "request.http_version", "request.query"),
        *("bot.status", "evidence", "request.disallowed", "degraded"),
    )
)
LONG = 16  # characters from which on the value of a header may be a secret
PATH = ("name", "request.path")
_ANCHORED = re.compile(r"^(\^|\\A)")
_ENDED = re.compile(r"(\$|\\z|/|/\)|\(/\|\$\)|\[/\]|\))\Z")


def unsafe_allows(subject: Subject) -> Iterator[Finding]:
    """Every allow rule of the operator's that lets in whoever wants to."""
    seen: set[tuple[str, object]] = set()
    for conditions in subject.orders.values():
        for each in conditions:
            rule, key = each.condition.rule, (each.document.file, each.path)
            if rule.own and rule.action is Action.ALLOW and key not in seen:
                seen.add(key)
                yield from _about(each)


def _about(asked: Asked) -> Iterator[Finding]:
    """What is unsafe in one rule, each kind of it once."""
    try:
        ways = alternatives(asked.condition.checked.root)
    except TooManyAlternatives:
        return
    said: set[str] = set()
    for way in ways:
        if any(map(_is_proof, way)):
            continue
        for kind, message in (*_open_paths(way), *_open_claims(way)):
            if kind not in said:
                said.add(kind)
                yield asked.finding(kind, f"rule {asked.condition.rule.name} {message}")


def _open_paths(way: Alternative) -> Iterator[tuple[str, str]]:
    for claim in way:
        if claim.subject != PATH or not claim.holds:
            continue
        text = str(claim.operand)
        if claim.operator == "startsWith" and not text.endswith("/"):
            yield (
                "open-prefix",
                f"lets in {text}-anything too, as it begins with {text}: write {text}/, or name a route",
            )
        if claim.operator in ("endsWith", "contains"):
            part = "ends with" if claim.operator == "endsWith" else "holds"
            yield (
                "open-path",
                f"lets in every path that {part} {text}, and anybody can add that: name a route",
            )
        if claim.operator == "matches" and (missing := _missing_anchor(text)):
            yield "open-path", f"lets in more than its pattern shows: it has no {missing}"


def _missing_anchor(pattern: str) -> str:
    """The anchor that a pattern lacks; empty where none."""
    if not _ANCHORED.match(pattern) or ("|" in pattern and "(" not in pattern and pattern.count("^") < 2):
        return "^ at its beginning"
    return "" if _ENDED.search(pattern) else "$ at its end"


def _open_claims(way: Alternative) -> Iterator[tuple[str, str]]:
    """A way that asks for nothing but what a request says of itself."""
    if not way or not all(map(_is_free, way)):
        return
    for claim in way:
        if _is_claim(claim):
            cure = 'add bot.status == "verified", an address or a rate'
            yield "open-claim", f"lets in whoever sends this, and anybody can: {claim}; {cure}"
    if any(claim.subject == ("name", "request.query") for claim in way):
        yield "open-query", "lets in whoever adds this to the address: name the paths, or a route"


def _is_proof(claim: Claim) -> bool:
    """Whether the claim is about what somebody is or did, and not about what a request says."""
    subject = claim.subject
    if subject[0] == "call" and subject[2] == ("name", "client"):
        return True
    names = set(_names(subject))
    if "bot.status" in names:
        return claim.holds and claim.operand == "verified"
    return claim.holds and bool(names & PROVEN)


def _is_free(claim: Claim) -> bool:
    names = set(_names(claim.subject))
    return bool(names) and (names <= FREE | CLAIMED or _asks_a_header(claim.subject))


def _is_claim(claim: Claim) -> bool:
    if _asks_a_header(claim.subject):
        long = claim.operator == "==" and len(str(claim.operand)) >= LONG
        return not (long and claim.holds)
    return bool(set(_names(claim.subject)) & CLAIMED)


def _asks_a_header(subject: Shape) -> bool:
    return "request.header(" in spoken(subject)


def _names(shape: object) -> Iterator[str]:
    """Every fact that an expression names."""
    if not isinstance(shape, tuple):
        return
    if shape[:1] == ("name",):
        if not shape[1].startswith(("networks.", "lists.")):
            yield shape[1]
        return
    for part in shape[1:]:
        yield from _names(part)
