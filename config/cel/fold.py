"""The checker unrolls macros into loops; this file recognises the five macros by the shape of their loop."""

from enum import Enum, auto

from config.cel.expression import Call, Constant, Fold, Ident, ListLiteral, Node
from detectors.value import value


class Macro(Enum):
    """What a loop was before it was unrolled."""

    ALL = auto()
    EXISTS = auto()
    EXISTS_ONE = auto()
    MAP = auto()
    FILTER = auto()


@value
class Shape:
    """A macro over `variable`: its condition, and for `map` the element that it makes."""

    macro: Macro
    condition: Node | None
    element: Node | None = None


def shape_of(fold: Fold) -> Shape | None:
    """The macro that `fold` came from; None for a loop of any other shape."""
    step = fold.step
    if not isinstance(step, Call):
        return None
    if step.function in ("_&&_", "_||_") and isinstance(fold.start, Constant):
        macro = Macro.ALL if step.function == "_&&_" else Macro.EXISTS
        return Shape(macro, step.args[1])
    if isinstance(fold.start, ListLiteral):
        return _collecting(fold, step)
    if step.function == "_?_:_" and isinstance(fold.start, Constant):
        return Shape(Macro.EXISTS_ONE, step.args[0])
    return None


def _collecting(fold: Fold, step: Call) -> Shape | None:
    condition = None
    if step.function == "_?_:_":
        condition, kept = step.args[0], step.args[1]
        if not isinstance(kept, Call):
            return None
        step = kept
    if step.function != "_+_" or not isinstance(step.args[1], ListLiteral):
        return None
    element = step.args[1].items[0]
    if condition is not None and isinstance(element, Ident) and element.name == fold.variable:
        return Shape(Macro.FILTER, condition)
    return Shape(Macro.MAP, condition, element)
