"""A tree back as the text of a condition, so that a part of it can be shown beside its value."""

import json
from typing import assert_never

from config.cel.expression import Call, Constant, Fold, Ident, ListLiteral, MapLiteral, Node, Select, Unknown
from config.cel.fold import Macro, shape_of

# How tightly operators bind, from the loosest (cel-spec, doc/langdef.md, "Operators").
_BINDS = {
    "_?_:_": 0,
    "_||_": 1,
    "_&&_": 2,
    **dict.fromkeys(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"), 3),
    **dict.fromkeys(("_+_", "_-_"), 4),
    **dict.fromkeys(("_*_", "_/_", "_%_"), 5),
}
_BEFORE = {"!_": "!", "-_": "-"}
_TIGHT = 6
_NAMES = {Macro.ALL: "all", Macro.EXISTS: "exists", Macro.EXISTS_ONE: "exists_one"}


def wording(node: Node) -> str:
    """The text of `node`, which means the same; spaces and needless brackets may differ."""
    return _text(node, 0)


def _text(node: Node, around: int) -> str:
    """`node` in brackets where it binds more loosely than what stands around it."""
    match node:
        case Constant():
            text = _literal(node.content)
        case Ident():
            text = node.name
        case Select():
            chosen = f"{_text(node.operand, _TIGHT)}.{node.field}"
            text = f"has({chosen})" if node.test else chosen
        case ListLiteral():
            text = f"[{_list(node.items)}]"
        case MapLiteral():
            text = "{" + ", ".join(f"{wording(key)}: {wording(item)}" for key, item in node.entries) + "}"
        case Fold():
            text = _macro(node)
        case Call():
            text, binds = _call(node)
            text = f"({text})" if binds < around else text
        case Unknown():
            text = "…"
        case _:
            assert_never(node)
    return text


def _call(node: Call) -> tuple[str, int]:
    function, parts = node.function, node.args
    if function in _BEFORE:
        return _BEFORE[function] + _text(parts[0], _TIGHT), _TIGHT
    if function == "_[_]":
        return f"{_text(parts[0], _TIGHT)}[{wording(parts[1])}]", _TIGHT
    if function == "_?_:_":
        asked, yes, no = (_text(part, 1) for part in parts)
        return f"{asked} ? {yes} : {no}", 0
    if function in _BINDS:
        binds = _BINDS[function]
        sign = function.strip("_@")
        return f"{_text(parts[0], binds)} {sign} {_text(parts[1], binds + 1)}", binds
    owner = "" if node.target is None else _text(node.target, _TIGHT) + "."
    return f"{owner}{function}({_list(parts)})", _TIGHT


def _macro(node: Fold) -> str:
    shape = shape_of(node)
    if shape is None:
        return "…"
    source, name = _text(node.source, _TIGHT), node.variable
    asked = "" if shape.condition is None else wording(shape.condition)
    if shape.macro is Macro.FILTER:
        return f"{source}.filter({name}, {asked})"
    if shape.macro is Macro.MAP:
        made = "" if shape.element is None else wording(shape.element)
        return f"{source}.map({', '.join(filter(None, (name, asked, made)))})"
    return f"{source}.{_NAMES[shape.macro]}({name}, {asked})"


def _list(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(wording, nodes))


def _literal(content: object) -> str:
    if content is None or isinstance(content, bool):
        return json.dumps(content)
    if isinstance(content, str):
        return json.dumps(content, ensure_ascii=False)
    return repr(content)
