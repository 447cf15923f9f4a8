"""CEL's arithmetic and logic where Python's differ: 64-bit integers, division toward zero, absorbed errors.

The meaning is that of github.com/google/cel-spec, doc/langdef.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import re2

INT_MAX = (1 << 63) - 1
INT_MIN = -(1 << 63)
TOO_LARGE = 2.0**63  # as a double; the official evaluator takes neither it nor its negative


class EvaluationError(Exception):
    """A rule has no value for this request; it does not match."""


def int64(number: int) -> int:
    """`number`, which must fit into 64 bits."""
    if INT_MIN <= number <= INT_MAX:
        return number
    raise EvaluationError("integer overflow")


def divide_int(left: int, right: int) -> int:
    """Integer division toward zero."""
    if right == 0:
        raise EvaluationError("division by zero")
    quotient = abs(left) // abs(right)
    return int64(quotient if (left < 0) == (right < 0) else -quotient)


def modulo_int(left: int, right: int) -> int:
    """The remainder with the sign of `left`."""
    if right == 0:
        raise EvaluationError("modulo by zero")
    if right == -1 and left == INT_MIN:
        raise EvaluationError("integer overflow")
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def divide_double(left: float, right: float) -> float:
    """IEEE 754 division, which has no errors."""
    if right:
        return left / right
    if left == 0.0 or left != left:  # noqa: PLR0124  only NaN differs from itself
        return float("nan")
    return float("inf") if (left > 0.0) == (str(right)[0] != "-") else float("-inf")


def double_to_int(number: float) -> int:
    """Truncated toward zero; an error outside 64 bits."""
    if -TOO_LARGE < number < TOO_LARGE:
        return int(number)
    raise EvaluationError("no such integer")


def item_at(items: Sequence[Any], index: int) -> Any:
    """The element at `index`, which counts from 0 and never from the end."""
    if 0 <= index < len(items):
        return items[index]
    raise EvaluationError("index out of range")


def entry_at(entries: Mapping[Any, Any], key: Any) -> Any:
    """The entry under `key`; an error where there is none."""
    try:
        return entries[key]
    except KeyError:
        raise EvaluationError("no such key") from None


def both(left: Callable[[], bool], right: Callable[[], bool]) -> bool:
    """`&&` where either side may fail: false wins over an error."""
    try:
        if not left():
            return False
    except EvaluationError:
        if not right():
            return False
        raise
    return right()


def either(left: Callable[[], bool], right: Callable[[], bool]) -> bool:
    """`||` where either side may fail: true wins over an error."""
    try:
        if left():
            return True
    except EvaluationError:
        if right():
            return True
        raise
    return right()


def every(items: Iterable[Any], holds: Callable[[Any], bool]) -> bool:
    """`all` where the condition may fail: false wins over an error."""
    return not some(items, lambda item: not holds(item))


def some(items: Iterable[Any], holds: Callable[[Any], bool]) -> bool:
    """`exists` where the condition may fail: true wins over an error."""
    failure: EvaluationError | None = None
    for item in items:
        try:
            if holds(item):
                return True
        except EvaluationError as error:
            failure = error
    if failure:
        raise failure
    return False


def searcher(pattern: str) -> Callable[[str], bool]:
    """A test for `pattern` anywhere in a text, in linear time. Raises re2.error for no pattern."""
    search = re2.compile(pattern, quiet_options()).search

    def matches(text: str) -> bool:
        try:
            return search(text) is not None
        except UnicodeError:  # undecodable bytes of a path: seen as U+FFFD, so that they hide nothing
            return search(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")) is not None

    return matches


def quiet_options() -> "re2.Options":
    """RE2's defaults, without its habit of writing errors to standard error."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    return options


def lower_ascii(text: str) -> str:
    """A to Z in lower case, everything else as it is."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper_ascii(text: str) -> str:
    """a to z in capitals, everything else as it is."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
