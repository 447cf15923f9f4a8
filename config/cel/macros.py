"""A macro is a condition with a name; its tree stands in for the name before anything else sees a rule."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from config.cel.check import CelFault, CelFaults
from config.cel.expression import (
    Call,
    Checked,
    Constant,
    Fold,
    Ident,
    ListLiteral,
    MapLiteral,
    Node,
    Select,
    nodes_of,
)

MACRO = "macros."
ROUTE = "routes."


def defined(
    texts: Mapping[str, str], check: Callable[[str], Checked], verify: Callable[[Checked], object]
) -> tuple[dict[str, Checked], dict[str, CelFaults]]:
    """The trees of macros that may use each other, each made whole, and what is wrong with the others.

    Both `check`, which reads a text, and `verify`, which looks at what came of it, raise CelFaults.
    """
    definitions = _Definitions(texts, check, verify)
    for each in texts:
        definitions.add(each, ())
    return definitions.found, definitions.faults


class _Definitions:
    """A class, for a function that calls itself from within another is left to the collector at a reload."""

    def __init__(
        self,
        texts: Mapping[str, str],
        check: Callable[[str], Checked],
        verify: Callable[[Checked], object],
    ) -> None:
        self.found: dict[str, Checked] = {}
        self.faults: dict[str, CelFaults] = {}
        self._texts = texts
        self._check = check
        self._verify = verify

    def add(self, name: str, users: tuple[str, ...]) -> None:
        """Define a macro, after those that it uses; `users` are on their way to it."""
        if name in self.found or name in self.faults:
            return
        if name in users:
            circle = " uses ".join((*users[users.index(name) :], name))
            self.faults[name] = CelFaults([CelFault(1, 1, f"macros must not need each other: {circle}")])
            return
        try:
            checked = self._check(self._texts[name])
            for used in _used(checked.root):
                self.add(used, (*users, name))
            whole = expanded(checked, self.found)
            self._verify(whole)
        except CelFaults as fault:
            self.faults.setdefault(name, fault)
        else:
            if name not in self.faults:
                self.found[name] = whole


def _used(root: Node) -> list[str]:
    named = [node.name for node in nodes_of(root) if isinstance(node, Ident)]
    return [name.removeprefix(MACRO) for name in named if name.startswith(MACRO)]


def expanded(checked: Checked, macros: Mapping[str, Checked]) -> Checked:
    """The condition without names of macros and of routes. One whose definition failed never holds."""
    if not any(
        isinstance(node, Ident) and node.name.startswith((MACRO, ROUTE)) for node in nodes_of(checked.root)
    ):
        return checked
    expansion = _Expansion(checked, macros)
    root = expansion.of(checked.root)
    return Checked(checked.source, root, expansion.types, expansion.overloads, expansion.offsets)


class _Expansion:
    """Nodes that are put in get numbers of their own, and the place of the name that they stand for."""

    def __init__(self, checked: Checked, macros: Mapping[str, Checked]) -> None:
        self._macros = macros
        self._last = max((*checked.types, *checked.offsets, 0))
        self.types = dict(checked.types)
        self.overloads = dict(checked.overloads)
        self.offsets = dict(checked.offsets)

    def of(self, node: Node) -> Node:
        """`node` with all names below it replaced."""
        if isinstance(node, Ident):
            if node.name.startswith(ROUTE):
                return self._route(node)
            return self._macro(node) if node.name.startswith(MACRO) else node
        return _with_parts(node, self.of)

    def _route(self, name: Ident) -> Node:
        asked = Ident(self._number("string", name.id), "request.route")
        route = Constant(self._number("string", name.id), name.name.removeprefix(ROUTE))
        number = self._number("bool", name.id)
        self.overloads[number] = ("equals",)
        return Call(number, "_==_", None, (asked, route))

    def _macro(self, name: Ident) -> Node:
        macro = self._macros.get(name.name.removeprefix(MACRO))
        if macro is None:
            return Constant(self._number("bool", name.id), False)
        return self._taken_in(macro.root, macro, name.id)

    def _taken_in(self, node: Node, macro: Checked, place: int) -> Node:
        number = self._number(macro.types.get(node.id, "dyn"), place)
        if node.id in macro.overloads:
            self.overloads[number] = macro.overloads[node.id]
        whole = _with_parts(node, lambda part: self._taken_in(part, macro, place))
        return replace(whole, id=number)

    def _number(self, type_: str, place: int) -> int:
        self._last += 1
        self.types[self._last] = type_
        self.offsets[self._last] = self.offsets.get(place, 0)
        return self._last


def _with_parts(node: Node, change: Callable[[Node], Node]) -> Node:
    """`node` with each part changed."""
    match node:
        case Call():
            target = None if node.target is None else change(node.target)
            return replace(node, target=target, args=tuple(map(change, node.args)))
        case ListLiteral():
            return replace(node, items=tuple(map(change, node.items)))
        case MapLiteral():
            return replace(node, entries=tuple((change(key), change(item)) for key, item in node.entries))
        case Select():
            return replace(node, operand=change(node.operand))
        case Fold():
            return replace(
                node,
                source=change(node.source),
                start=change(node.start),
                condition=change(node.condition),
                step=change(node.step),
                result=change(node.result),
            )
    return node
