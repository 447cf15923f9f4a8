"""What can be true of a request at all; a set of claims that leaves nothing possible contradicts itself."""

from collections.abc import Callable, Iterable, Iterator
from math import inf

from config.cel.facts import FACTS
from config.cel.operators import searcher
from config.checks.claims import Alternative, Claim, Shape
from detectors.value import value

COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "_<_": lambda a, b: a < b,  # type: ignore[operator]
    "_<=_": lambda a, b: a <= b,  # type: ignore[operator]
    "_>_": lambda a, b: a > b,  # type: ignore[operator]
    "_>=_": lambda a, b: a >= b,  # type: ignore[operator]
}
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "==": str.__eq__,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}


@value
class Custom:
    """What holds for all texts of a fact: which ones there are, which they can begin with, and why."""

    whole: Callable[[str], bool]
    begin: Callable[[str], bool]
    reason: str


CUSTOMS = {
    "request.method": Custom(
        lambda text: text == text.upper(), lambda text: text == text.upper(), "methods are in capitals"
    ),
    "request.host": Custom(
        lambda text: text == text.lower(), lambda text: text == text.lower(), "hosts are in lower case"
    ),
    "request.country": Custom(
        lambda text: text == text.upper(), lambda text: text == text.upper(), "countries are in capitals"
    ),
    "request.path": Custom(
        lambda text: (text == "*" or text.startswith("/")) and "?" not in text and "//" not in text,
        lambda text: text in ("", "*") or (text.startswith("/") and "?" not in text and "//" not in text),
        "a path begins with /, has single slashes and no query",
    ),
    "request.query": Custom(
        lambda text: not text.startswith("?"),
        lambda text: not text.startswith("?"),
        "the query comes without its question mark",
    ),
}
CHOICES = {fact.name: fact.choices for fact in FACTS if fact.choices and fact.type == "string"}
COUNTS = frozenset(("rate", "page_rate", "count", "distinct", "size"))


class World:
    """The facts that there can be where these `routes` are configured; None where others may be."""

    def __init__(self, routes: Iterable[str] | None) -> None:
        self._routes = None if routes is None else frozenset((*routes, ""))

    def contradiction(self, alternative: Alternative) -> str:
        """Why these claims cannot hold together; empty where they may."""
        by_subject: dict[Shape, list[Claim]] = {}
        for claim in alternative:
            by_subject.setdefault(claim.subject, []).append(claim)
        for subject, claims in by_subject.items():
            if not self._possible(subject, claims):
                return self._why(subject, claims)
        return ""

    def impossible(self, alternatives: Iterable[Alternative]) -> str:
        """Why none of the alternatives can be: the reason against the first of them; empty where one may."""
        reasons: list[str] = []
        for each in alternatives:
            reason = self.contradiction(each)
            if not reason:
                return ""
            reasons.append(reason)
        return reasons[0] if reasons else "it says false"

    def _possible(self, subject: Shape, claims: list[Claim]) -> bool:
        plain = {claim.holds for claim in claims if not claim.operator}
        if len(plain) == 2:
            return False
        values = self._values(subject, claims)
        if values is not None:
            return any(
                self._customary(subject, each) and all(_agrees(claim, each) for claim in claims)
                for each in values
            )
        return _numbers_left(subject, claims) and self._texts_left(subject, claims)

    def _values(self, subject: Shape, claims: list[Claim]) -> list[object] | None:
        """All that the subject could be; None where that is endless."""
        for claim in claims:
            if claim.holds and claim.operator in ("==", "in"):
                return list(claim.operand) if isinstance(claim.operand, tuple) else [claim.operand]
        name = _name(subject)
        if name == "request.route" and self._routes is not None:
            return list(self._routes)
        if self._never_counted(subject):
            return [0.0]
        choices = CHOICES.get(name)
        return None if choices is None else list(choices)

    def _never_counted(self, subject: Shape) -> bool:
        """True for the rate on a route that does not exist."""
        if self._routes is None or subject[:2] != ("call", "rate") or len(subject) < 6:
            return False
        route = subject[5]
        return isinstance(route, tuple) and route[-1] not in self._routes

    def _customary(self, subject: Shape, given: object) -> bool:
        """Whether this value of the subject occurs."""
        name = _name(subject)
        if name == "request.route" and self._routes is not None:
            return given in self._routes
        if self._never_counted(subject):
            return given == 0.0
        if name in CUSTOMS and isinstance(given, str):
            return CUSTOMS[name].whole(given)
        low, high = _limits(subject)
        return not isinstance(given, int | float) or isinstance(given, bool) or low <= given <= high

    def _texts_left(self, subject: Shape, claims: list[Claim]) -> bool:
        custom = CUSTOMS.get(_name(subject))
        begins = [str(each.operand) for each in claims if each.operator == "startsWith" and each.holds]
        ends = [str(each.operand) for each in claims if each.operator == "endsWith" and each.holds]
        if custom and not all(map(custom.begin, begins)):
            return False
        longest, last = max(begins, key=len, default=""), max(ends, key=len, default="")
        if not all(map(longest.startswith, begins)) or not all(map(last.endswith, ends)):
            return False
        inside = [longest, last]
        inside += [str(each.operand) for each in claims if each.operator == "contains" and each.holds]
        return not any(
            _excluded(claim, longest, last, inside) for claim in claims if not claim.holds
        ) and not (_both_patterns(claims))

    def _why(self, subject: Shape, claims: list[Claim]) -> str:
        for claim in claims:
            if not self._possible(subject, [claim]):
                reason = self._custom_of(subject, claim)
                return f"{claim} is never true{reason}"
        return f"{' and '.join(map(str, claims))} exclude each other"

    def _custom_of(self, subject: Shape, claim: Claim) -> str:
        name = _name(subject)
        if name in CUSTOMS:
            return f": {CUSTOMS[name].reason}"
        if name == "request.route" and self._routes is not None and isinstance(claim.operand, str):
            return f": `routes` has no {claim.operand}"
        if self._never_counted(subject):
            return f": `routes` has no {subject[5][-1]}"  # type: ignore[index]
        low, high = _limits(subject)
        if high < inf:
            return f": it lies between {low:g} and {high:g}"
        return ": it is never below 0" if low == 0.0 else ""


def _name(subject: Shape) -> str:
    return str(subject[1]) if subject[0] == "name" else ""


def _limits(subject: Shape) -> tuple[float, float]:
    """Between which numbers the subject lies."""
    if subject == ("name", "risk"):
        return 0.0, 100.0
    if subject == ("name", "request.asn") or (subject[0] == "call" and subject[1] in COUNTS):
        return 0.0, inf
    return -inf, inf


def _agrees(claim: Claim, given: object) -> bool:
    """Whether the claim may hold where its subject is `given`."""
    return not claim.operator or _says(claim, given) is claim.holds


def _says(claim: Claim, given: object) -> bool:
    if claim.operator == "in":
        return isinstance(claim.operand, tuple) and given in claim.operand
    if claim.operator in COMPARISONS:
        return COMPARISONS[claim.operator](given, claim.operand)
    if claim.operator == "==" and not isinstance(given, str):
        return given == claim.operand
    if claim.operator == "matches":
        return bool(searcher(str(claim.operand))(str(given)))
    return TEXTS[claim.operator](str(given), str(claim.operand))


def _numbers_left(subject: Shape, claims: list[Claim]) -> bool:
    """Whether any number passes all comparisons."""
    low, high = _limits(subject)
    low_open = high_open = False
    for claim in claims:
        bound = claim.operand
        if claim.operator not in COMPARISONS or not isinstance(bound, int | float):
            continue
        is_open = claim.operator in ("_<_", "_>_")
        if claim.operator in ("_>_", "_>=_"):
            low, low_open = max((low, low_open), (bound, is_open))
        elif (bound, not is_open) < (high, not high_open):
            high, high_open = bound, is_open
    if low == high:
        return not (low_open or high_open) and low not in set(_denied(claims))
    return low < high


def _denied(claims: list[Claim]) -> Iterator[object]:
    for claim in claims:
        if not claim.holds and claim.operator == "==":
            yield claim.operand
        if not claim.holds and claim.operator == "in" and isinstance(claim.operand, tuple):
            yield from claim.operand


def _excluded(claim: Claim, begin: str, end: str, inside: list[str]) -> bool:
    """Whether a text that begins, ends and holds these parts cannot escape the claim, which is denied."""
    denied = str(claim.operand)
    if claim.operator == "startsWith":
        return begin.startswith(denied)
    if claim.operator == "endsWith":
        return end.endswith(denied)
    return claim.operator == "contains" and any(denied in part for part in inside)


def _both_patterns(claims: list[Claim]) -> bool:
    """True where a pattern is wanted and denied."""
    wanted = {claim.operand for claim in claims if claim.operator == "matches" and claim.holds}
    return any(claim.operand in wanted for claim in claims if claim.operator == "matches" and not claim.holds)
