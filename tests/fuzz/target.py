"""A target takes bytes and holds what it is tested for; whatever it raises is a finding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """`check` must return for every input; an exception, also an AssertionError, is a finding."""

    name: str
    corpus: Sequence[bytes]
    tokens: Sequence[bytes]
    check: Callable[[bytes], None]
