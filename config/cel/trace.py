"""A condition taken apart: each of its parts with the value that it has for one request."""

from collections.abc import Callable, Iterator

from config.cel.expression import Call, Checked, Constant, Fold, Ident, ListLiteral, Node
from config.cel.facts import OWNERS
from config.cel.wording import wording
from detectors.value import value

LOGIC = frozenset(("_&&_", "_||_"))
NETWORKS = ("networks.", "lists.")

ValueOf = Callable[[Node], object]


@value
class Read:
    """Something that a condition looked at."""

    text: str
    value: object


@value
class Part:
    """One part of a condition: `depth` counts its brackets, `joint` is what joins its own parts.

    `value` is true or false, or the error for which there is neither. `reads` is what a part without further
    parts looked at.
    """

    depth: int
    text: str
    value: object
    joint: str = ""
    reads: tuple[Read, ...] = ()


def parts_of(checked: Checked, value_of: ValueOf) -> tuple[Part, ...]:
    """The parts of a condition in the order written; `value_of` gives a value, or the error as text."""
    return tuple(_parts(checked.root, 0, value_of))


def _parts(node: Node, depth: int, value_of: ValueOf) -> Iterator[Part]:
    if isinstance(node, Call) and node.function in LOGIC:
        joint = node.function.strip("_")
        yield Part(depth, wording(node), value_of(node), joint)
        for part in _chain(node, node.function):
            yield from _parts(part, depth + 1, value_of)
    elif isinstance(node, Call) and node.function == "!_" and _is_logic(node.args[0]):
        yield Part(depth, wording(node), value_of(node), "!")
        yield from _parts(node.args[0], depth + 1, value_of)
    else:
        reads = {wording(each): value_of(each) for each in _reads(node, frozenset())}
        read = () if list(reads) == [wording(node)] else tuple(Read(*each) for each in reads.items())
        yield Part(depth, wording(node), value_of(node), reads=read)


def _is_logic(node: Node) -> bool:
    return isinstance(node, Call) and node.function in LOGIC


def _chain(node: Node, function: str) -> Iterator[Node]:
    if isinstance(node, Call) and node.function == function:
        for argument in node.args:
            yield from _chain(argument, function)
    else:
        yield node


def _reads(node: Node, bound: frozenset[str]) -> Iterator[Node]:
    """The facts and questions in `node`, which have a value by themselves."""
    match node:
        case Ident():
            if node.name not in bound and not node.name.startswith(NETWORKS):
                yield node
        case Call() if isinstance(node.target, Ident) and node.target.name in OWNERS:
            yield node
        case Call():
            for part in node.args if node.target is None else (node.target, *node.args):
                yield from _reads(part, bound)
        case ListLiteral():
            for part in node.items:
                yield from _reads(part, bound)
        case Fold():
            inner = bound | {node.variable, "@result"}
            yield from _reads(node.source, bound)
            yield from _reads(node.step, inner)
        case Constant():
            return
        case _:
            return
