"""A configuration fault names its place and its cure, and never comes alone: all are reported at once."""

from collections.abc import Iterable
from difflib import get_close_matches

from detectors.value import value


@value
class Place:
    """Where something stands: a file, and a line and a column that count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@value
class Fault:
    """One thing that is wrong. `path` is dotted, like `policy.rules[0].when`; empty for the whole file."""

    place: Place
    path: str
    message: str

    def __str__(self) -> str:
        middle = f"{self.path}: " if self.path else ""
        return f"{self.place}: {middle}{self.message}"


class ConfigFaults(Exception):
    """The configuration cannot be used; `faults` holds every reason, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def dotted(path: Iterable[str | int]) -> str:
    """`("policy", "rules", 0, "when")` as `policy.rules[0].when`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif text:
            text += f".{step}"
        else:
            text = step
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """The one of `known` that `word` was meant to be; empty where none is near."""
    near = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest of `known`, or nothing where none is near."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults by their place; the files in the order in which they were first named."""
    found = list(faults)
    files = {fault.place.file: None for fault in found}
    ranks = {file: rank for rank, file in enumerate(files)}
    return sorted(found, key=lambda fault: (ranks[fault.place.file], fault.place.line, fault.place.column))
