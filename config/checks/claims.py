"""A condition as alternatives of plain claims about single facts, which can be reasoned about.

`request.route == "a" && (x || !y)` becomes the alternatives {route is a, x} and {route is a, not y}.
"""

import json
from itertools import product
from typing import assert_never

from config.cel.expression import Call, Constant, Fold, Ident, ListLiteral, MapLiteral, Node, Select, Unknown
from detectors.value import value

Shape = tuple[object, ...]  # an expression without the ids of its nodes, so that equal ones are equal
Alternative = tuple["Claim", ...]

MOST = 256  # alternatives beyond which nothing is claimed about a condition
FLIPPED = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
NEGATED = {"_<_": "_>=_", "_<=_": "_>_", "_>_": "_<=_", "_>=_": "_<_"}
TEXTUAL = frozenset(("startsWith", "endsWith", "contains", "matches"))
# Their operands may be no number at all, of which neither x < 1 nor x >= 1 holds.
ARITHMETIC = frozenset(("_+_", "_-_", "_*_", "_/_", "_%_", "-_"))
OPERATORS = {"_==_": "==", "@in": "in", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">="}


class TooManyAlternatives(Exception):
    """The condition says too much to be taken apart."""


@value
class Claim:
    """`subject operator operand`, or its opposite where `holds` is false.

    `operator` is one of `==`, `in` (the operand is a tuple), the four comparisons as CEL names them, those of
    TEXTUAL, or "" for what is true or false as a whole.
    """

    subject: Shape
    operator: str
    operand: object
    holds: bool

    def __str__(self) -> str:
        said = spoken(self.subject)
        if self.operator in TEXTUAL:
            said += f".{self.operator}({_literal(self.operand)})"
        elif self.operator:
            operator = OPERATORS.get(self.operator, self.operator)
            if operator == "==" and not self.holds:
                return f"{said} != {_literal(self.operand)}"
            said += f" {operator} {_literal(self.operand)}"
            if not self.holds:
                return f"!({said})"
        return said if self.holds else f"!{said}"


def shape_of(node: Node) -> Shape:
    """The expression alone."""
    if isinstance(node, Constant):
        return ("constant", type(node.content).__name__, node.content)
    if isinstance(node, Ident):
        return ("name", node.name)
    if isinstance(node, Call):
        target = None if node.target is None else shape_of(node.target)
        return ("call", node.function, target, *map(shape_of, node.args))
    return _rare_shape(node)


def _rare_shape(node: Select | ListLiteral | MapLiteral | Fold | Unknown) -> Shape:
    match node:
        case Select():
            return ("field", shape_of(node.operand), node.field, node.test)
        case ListLiteral():
            return ("list", *map(shape_of, node.items))
        case MapLiteral():
            return ("map", *((shape_of(key), shape_of(item)) for key, item in node.entries))
        case Fold():
            parts = (node.source, node.start, node.condition, node.step, node.result)
            return ("loop", node.variable, *map(shape_of, parts))
        case Unknown():
            return ("unknown", node.id)
    assert_never(node)


def alternatives(node: Node, *, holds: bool = True) -> tuple[Alternative, ...]:
    """The ways in which `node` is true, or false; none where there is no way. Raises TooManyAlternatives."""
    if isinstance(node, Constant) and isinstance(node.content, bool):
        return ((),) if node.content is holds else ()
    if isinstance(node, Call):
        if node.function == "!_":
            return alternatives(node.args[0], holds=not holds)
        if node.function in ("_&&_", "_||_"):
            parts = [alternatives(part, holds=holds) for part in node.args]
            every = (node.function == "_&&_") is holds
            return _all_of(parts) if every else _any_of(parts)
        if node.function == "_?_:_":
            return _chosen(node, holds=holds)
    return ((_claim(node, holds=holds),),)


def _chosen(node: Call, *, holds: bool) -> tuple[Alternative, ...]:
    question, first, second = node.args
    yes = _all_of([alternatives(question), alternatives(first, holds=holds)])
    no = _all_of([alternatives(question, holds=False), alternatives(second, holds=holds)])
    return _any_of([yes, no])


def _any_of(parts: list[tuple[Alternative, ...]]) -> tuple[Alternative, ...]:
    found = tuple(dict.fromkeys(each for part in parts for each in part))
    if len(found) > MOST:
        raise TooManyAlternatives
    return found


def _all_of(parts: list[tuple[Alternative, ...]]) -> tuple[Alternative, ...]:
    count = 1
    for part in parts:
        count *= len(part)
    if count > MOST:
        raise TooManyAlternatives
    return tuple(tuple(dict.fromkeys(claim for part in each for claim in part)) for each in product(*parts))


def _claim(node: Node, *, holds: bool) -> Claim:
    whole = Claim(shape_of(node), "", None, holds)
    if not isinstance(node, Call):
        return whole
    if node.function in TEXTUAL and node.target is not None and isinstance(node.args[0], Constant):
        return Claim(shape_of(node.target), node.function, node.args[0].content, holds)
    if len(node.args) != 2 or node.target is not None:
        return whole
    return _comparison(node, *node.args, holds=holds) or whole


def _comparison(node: Call, left: Node, right: Node, *, holds: bool) -> Claim | None:
    """A comparison of something with a literal; None for any other."""
    function = node.function
    if function == "@in" and isinstance(right, ListLiteral):
        items = [item.content for item in right.items if isinstance(item, Constant)]
        return Claim(shape_of(left), "in", tuple(items), holds) if len(items) == len(right.items) else None
    if isinstance(left, Constant) and not isinstance(right, Constant):
        left, right, function = right, left, FLIPPED.get(function, function)
    if not isinstance(right, Constant):
        return None
    if function == "_!=_":
        return Claim(shape_of(left), "==", right.content, not holds)
    if function == "_==_":
        return Claim(shape_of(left), "==", right.content, holds)
    if function not in NEGATED or _calculates(left):
        return None
    return Claim(shape_of(left), function if holds else NEGATED[function], right.content, True)


def _calculates(node: Node) -> bool:
    return isinstance(node, Call) and node.function in ARITHMETIC


def spoken(shape: Shape) -> str:
    """An expression as an operator would write it."""
    kind, *rest = shape
    if kind == "constant":
        return _literal(rest[1])
    if kind == "name":
        return str(rest[0])
    if kind == "call":
        function, target, *arguments = rest
        said = [spoken(each) for each in arguments if isinstance(each, tuple)]
        if isinstance(target, tuple):
            return f"{spoken(target)}.{function}({', '.join(said)})"
        word = str(function).strip("_@")
        return f"{said[0]} {word} {said[1]}" if len(said) == 2 else f"{word}({', '.join(said)})"
    return "this"


def _literal(content: object) -> str:
    if isinstance(content, tuple):
        return f"[{', '.join(map(_literal, content))}]"
    if isinstance(content, str | bool):
        return json.dumps(content, ensure_ascii=False)
    return "null" if content is None else repr(content)
