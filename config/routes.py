"""A route names a class of paths; the first pattern in the order written wins, only whole segments count."""

import re
from collections.abc import Callable, Iterable, Mapping

from detectors.value import value

_METHOD = re.compile(r"(?:([A-Z]{3,10}) +)?(\S.*)\Z")


class PatternFault(ValueError):
    """Not a route pattern; the text says what one looks like."""


@value
class Pattern:
    """One pattern: `rank` is its place in the order written, `method` "" stands for any."""

    rank: int
    name: str
    method: str
    matches: Callable[[str], bool]


def split_pattern(text: str) -> tuple[str, str]:
    """Method ("" for any) and path pattern of `text`. Raises PatternFault."""
    found = _METHOD.match(text)
    if not found:
        raise PatternFault('a pattern looks like "/product/*", "/search", "POST /login" or "*.rss"')
    method, path = found[1] or "", found[2]
    if "?" in path or "#" in path:
        raise PatternFault("patterns match the path only; leave out everything from '?' or '#'")
    if path.startswith("*."):
        if "*" in path[1:] or "/" in path:
            raise PatternFault('an ending looks like "*.rss"')
        return method, path
    if not path.startswith("/"):
        raise PatternFault('a pattern begins with "/" or with "*."')
    if any("*" in segment and segment != "*" for segment in path.split("/")):
        raise PatternFault('"*" stands for a whole segment: "/product/*", not "/product*"')
    return method, path


class Routes:
    """The compiled patterns: exact paths and endings by one look-up, prefixes by their first segment."""

    def __init__(self, routes: Mapping[str, Iterable[str]]) -> None:
        self.names = tuple(routes)
        self.patterns = {name: tuple(patterns) for name, patterns in routes.items()}
        self._exact: dict[str, list[Pattern]] = {}
        self._endings: dict[str, list[Pattern]] = {}
        self._segments: dict[str, list[Pattern]] = {}
        self._anywhere: list[Pattern] = []
        rank = 0
        for name, patterns in self.patterns.items():
            for text in patterns:
                self._add(rank, name, text)
                rank += 1

    def route_of(self, method: str, path: str) -> str:
        """The name of the first route that matches; empty where none does. `path` is normalised."""
        best = None
        rank = 1 << 30
        found = self._exact.get(path)
        if found is not None:
            best, rank = _first(found, method, path, best, rank)
        if self._segments:
            end = path.find("/", 1)
            found = self._segments.get(path if end < 0 else path[:end])
            if found is not None:
                best, rank = _first(found, method, path, best, rank)
        if self._endings:
            dot = path.rfind(".")
            found = self._endings.get(path[dot:]) if dot > 0 else None
            if found is not None:
                best, rank = _first(found, method, path, best, rank)
        if self._anywhere:
            best, rank = _first(self._anywhere, method, path, best, rank)
        return best or ""

    def _add(self, rank: int, name: str, text: str) -> None:
        method, path = split_pattern(text)
        if path.startswith("*."):
            ending = path[path.rfind(".") :]
            whole = path[1:]
            self._endings.setdefault(ending, []).append(
                Pattern(rank, name, method, lambda at: at.endswith(whole))
            )
        elif "*" not in path:
            self._exact.setdefault(path, []).append(Pattern(rank, name, method, _always))
        else:
            pattern = Pattern(rank, name, method, _matcher(path))
            first = "/" + path.split("/")[1]
            group = self._anywhere if first == "/*" else self._segments.setdefault(first, [])
            group.append(pattern)


def _first(
    patterns: list[Pattern], method: str, path: str, best: str | None, rank: int
) -> tuple[str | None, int]:
    for pattern in patterns:
        if pattern.rank >= rank:
            break
        if (not pattern.method or pattern.method == method) and pattern.matches(path):
            return pattern.name, pattern.rank
    return best, rank


def _always(_: str) -> bool:
    return True


def _matcher(path: str) -> Callable[[str], bool]:
    """A test for a path pattern with "*": at the end it takes any rest, elsewhere exactly one segment."""
    if path.endswith("/*") and path.count("*") == 1:
        prefix = path[:-1]
        return lambda at: at.startswith(prefix)
    open_end = path.endswith("/*")
    body = path[:-1] if open_end else path
    segments = body.split("/")
    count = len(segments)

    def matches(at: str) -> bool:
        parts = at.split("/", count - 1) if open_end else at.split("/")
        if len(parts) != count:
            return False
        last = count - 1 if open_end else count
        return all(
            parts[place] == segments[place] or (segments[place] == "*" and parts[place] != "")
            for place in range(last)
        )

    return matches
