"""A checked expression is the tree of the official parser and checker, with a type for each node."""

from collections.abc import Iterator
from typing import assert_never

from config.cel.wire import double, integer, messages, one_message, read_fields, text
from detectors.value import value

_PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}

_WELL_KNOWN = {1: "dyn", 2: "timestamp", 3: "duration"}

Type = str  # "int", "list(string)", "map(string, int)", "stile.Client", "dyn", ...


@value
class Constant:
    """A literal."""

    id: int
    content: bool | int | float | str | bytes | None


@value
class Ident:
    """A variable, or a name that a macro bound."""

    id: int
    name: str


@value
class Select:
    """`operand.field`; `test` for `has(operand.field)`."""

    id: int
    operand: "Node"
    field: str
    test: bool


@value
class Call:
    """A function or an operator; `target` stands before the dot of a member call."""

    id: int
    function: str
    target: "Node | None"
    args: tuple["Node", ...]


@value
class ListLiteral:
    """`[a, b]`."""

    id: int
    items: tuple["Node", ...]


@value
class MapLiteral:
    """`{key: value}`."""

    id: int
    entries: tuple[tuple["Node", "Node"], ...]


@value
class Fold:
    """What a macro such as `exists` became: a loop over `source` that carries `@result`."""

    id: int
    variable: str
    source: "Node"
    start: "Node"
    condition: "Node"
    step: "Node"
    result: "Node"


@value
class Unknown:
    """A kind of node that rules cannot use."""

    id: int


Node = Constant | Ident | Select | Call | ListLiteral | MapLiteral | Fold | Unknown


@value
class Checked:
    """The tree, with types and operator overloads by node id, and each node's offset in the source text."""

    source: str
    root: Node
    types: dict[int, Type]
    overloads: dict[int, tuple[str, ...]]
    offsets: dict[int, int]


def nodes_of(root: Node) -> Iterator[Node]:
    """`root` and every node below it."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _below(node)


def _below(node: Node) -> tuple[Node, ...]:
    match node:
        case Call():
            return node.args if node.target is None else (node.target, *node.args)
        case ListLiteral():
            return node.items
        case MapLiteral():
            return tuple(part for entry in node.entries for part in entry)
        case Fold():
            return node.source, node.start, node.condition, node.step, node.result
        case Select():
            return (node.operand,)
        case Constant() | Ident() | Unknown():
            return ()
    assert_never(node)


def read_checked(source: str, serialized: bytes) -> Checked:
    """Read a serialized `google.protobuf.Any` that holds a `cel.expr.CheckedExpr`."""
    body = one_message(read_fields(serialized), 2) or b""
    fields = read_fields(body)
    references = [read_fields(entry) for entry in messages(fields, 2)]
    types = [read_fields(entry) for entry in messages(fields, 3)]
    information = read_fields(one_message(fields, 5) or b"")
    offsets = [read_fields(entry) for entry in messages(information, 4)]
    return Checked(
        source=source,
        root=_node(one_message(fields, 4) or b""),
        types={integer(entry, 1): _type(one_message(entry, 2) or b"") for entry in types},
        overloads={integer(entry, 1): _overloads(one_message(entry, 2) or b"") for entry in references},
        offsets={integer(entry, 1): integer(entry, 2) for entry in offsets},
    )


def _overloads(message: bytes) -> tuple[str, ...]:
    return tuple(item.decode("utf-8") for item in messages(read_fields(message), 3))


def _type(message: bytes) -> Type:
    fields = read_fields(message)
    if 3 in fields:
        return _PRIMITIVES.get(integer(fields, 3), "unknown")
    if 6 in fields:
        return f"list({_type(one_message(read_fields(one_message(fields, 6) or b''), 1) or b'')})"
    if 7 in fields:
        pair = read_fields(one_message(fields, 7) or b"")
        return f"map({_type(one_message(pair, 1) or b'')}, {_type(one_message(pair, 2) or b'')})"
    if 14 in fields:
        return text(read_fields(one_message(fields, 14) or b""), 1)
    if 5 in fields:
        return _WELL_KNOWN.get(integer(fields, 5), "dyn")
    return {1: "dyn", 2: "null", 4: "wrapper", 11: "type"}.get(next(iter(fields), 0), "dyn")


def _node(message: bytes) -> Node:
    fields = read_fields(message)
    number = integer(fields, 2)
    for kind, read in _READERS.items():
        if kind in fields:
            return read(number, one_message(fields, kind) or b"")
    return Unknown(number)


def _constant(number: int, message: bytes) -> Node:
    fields = read_fields(message)
    if 1 in fields:
        return Constant(number, None)
    if 2 in fields:
        return Constant(number, bool(integer(fields, 2)))
    if 3 in fields:
        return Constant(number, integer(fields, 3))
    if 5 in fields:
        return Constant(number, double(one_message(fields, 5) or bytes(8)))
    if 6 in fields:
        return Constant(number, text(fields, 6))
    return Unknown(number)


def _select(number: int, message: bytes) -> Node:
    fields = read_fields(message)
    return Select(number, _node(one_message(fields, 1) or b""), text(fields, 2), bool(integer(fields, 3)))


def _call(number: int, message: bytes) -> Node:
    fields = read_fields(message)
    target = one_message(fields, 1)
    arguments = tuple(_node(item) for item in messages(fields, 3))
    return Call(number, text(fields, 2), None if target is None else _node(target), arguments)


def _map(number: int, message: bytes) -> Node:
    fields = read_fields(message)
    if one_message(fields, 1):
        return Unknown(number)
    entries = [read_fields(entry) for entry in messages(fields, 2)]
    return MapLiteral(
        number,
        tuple(
            (_node(one_message(entry, 3) or b""), _node(one_message(entry, 4) or b"")) for entry in entries
        ),
    )


def _fold(number: int, message: bytes) -> Node:
    fields = read_fields(message)
    if one_message(fields, 8):
        return Unknown(number)
    source, start, condition, step, result = (
        _node(one_message(fields, place) or b"") for place in (2, 4, 5, 6, 7)
    )
    return Fold(number, text(fields, 1), source, start, condition, step, result)


_READERS = {
    3: _constant,
    4: lambda number, message: Ident(number, text(read_fields(message), 1)),
    5: _select,
    6: _call,
    7: lambda number, message: ListLiteral(
        number, tuple(_node(item) for item in messages(read_fields(message), 1))
    ),
    8: _map,
    9: _fold,
}
