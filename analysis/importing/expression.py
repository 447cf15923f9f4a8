"""Anubis' expressions are CEL as well: the same tree with our names, or a reason why there is none."""

from collections.abc import Mapping
from dataclasses import replace

from cel_expr_python import cel

from config.cel.expression import Call, Constant, Fold, Ident, ListLiteral, Node, Select, read_checked
from config.cel.wording import wording

RENAMED = {
    "userAgent": "request.user_agent",
    "path": "request.path",
    "method": "request.method",
    "host": "request.host",
    "remoteAddress": "request.ip",
}
UNKNOWN = {
    "query": "single query values; request.query is the whole text",
    "contentLength": "the length of a body",
    "load_1m": "the machine's load",
    "load_5m": "the machine's load",
    "load_15m": "the machine's load",
}
FUNCTIONS = {
    "randInt": "chance: the same request is decided alike here; see `rollout`",
    "segments": "path segments; name the paths under `routes`",
    "regexSafe": "patterns that are made while judging",
    "reverseDNS": "look-ups in a rule; bot.status says what the host name proves",
    "lookupHost": "look-ups in a rule; bot.status says what the host name proves",
    "verifyFCrDNS": "look-ups in a rule; bot.status says what the host name proves",
    "arpaReverseIP": "look-ups in a rule; bot.status says what the host name proves",
}


class Untranslatable(Exception):
    """Nothing here means the same; the text says what is missing."""


class Translator:
    """Reads expressions in Anubis' environment and writes them in ours."""

    def __init__(self) -> None:
        kinds = cel.Type
        texts = kinds.Map(kinds.STRING, kinds.STRING)
        variables = dict.fromkeys(RENAMED, kinds.STRING) | {"headers": texts, "query": texts}
        variables |= {"contentLength": kinds.INT, "weight": kinds.INT}
        variables |= dict.fromkeys(("load_1m", "load_5m", "load_15m"), kinds.DOUBLE)
        self._environment = cel.NewEnv(
            variables=variables,
            functions=[
                _function("missingHeader", kinds.BOOL, texts, kinds.STRING),
                _function("randInt", kinds.INT, kinds.INT),
                _function("segments", kinds.List(kinds.STRING), kinds.STRING),
                _function("regexSafe", kinds.STRING, kinds.STRING),
                _function("arpaReverseIP", kinds.STRING, kinds.STRING),
                _function("reverseDNS", kinds.List(kinds.STRING), kinds.STRING),
                _function("lookupHost", kinds.List(kinds.STRING), kinds.STRING),
                cel.FunctionDecl(
                    "verifyFCrDNS",
                    [
                        cel.Overload("fcrdns_1", kinds.BOOL, [kinds.STRING]),
                        cel.Overload("fcrdns_2", kinds.BOOL, [kinds.STRING, kinds.STRING]),
                    ],
                ),
            ],
        )

    def condition(self, text: str) -> str:
        """The expression in our words. Raises Untranslatable."""
        try:
            expression = self._environment.compile(text)
        except (RuntimeError, ValueError, TypeError) as error:
            raise Untranslatable(f"an expression that CEL does not take: {_first_line(error)}") from None
        return wording(_renamed(read_checked(text, expression.serialize()).root, {}))


def header_of(name: str) -> Call:
    """The first header of that name; empty where it is absent."""
    return Call(0, "header", Ident(0, "request"), (Constant(0, name),))


def _function(name: str, result: cel.Type, *parameters: cel.Type) -> cel.FunctionDecl:
    return cel.FunctionDecl(name, [cel.Overload(f"anubis_{name}", result, list(parameters))])


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _renamed(node: Node, bound: Mapping[str, str]) -> Node:
    match node:
        case Ident():
            return node if node.name in bound else _ident(node)
        case Call():
            return _call(node, bound)
        case ListLiteral():
            return replace(node, items=tuple(_renamed(item, bound) for item in node.items))
        case Fold():
            inner = {**bound, node.variable: "", "@result": ""}
            source = _renamed(node.source, bound)
            return replace(node, source=source, step=_renamed(node.step, inner))
        case Select() if isinstance(node.operand, Ident) and node.operand.name == "headers":
            return _present(node.field) if node.test else header_of(node.field)
        case Constant():
            return node
    raise Untranslatable("a part of CEL that rules do not have")


def _ident(node: Ident) -> Node:
    if node.name in RENAMED:
        return replace(node, name=RENAMED[node.name])
    if node.name == "headers":
        raise Untranslatable("all headers at once; request.header takes one name")
    if node.name == "weight":
        raise Untranslatable("Anubis' weight; `risk` and `band` come of the evidence")
    raise Untranslatable(UNKNOWN.get(node.name, node.name))


def _call(node: Call, bound: Mapping[str, str]) -> Node:
    named = _header_asked(node)
    if named is not None:
        if node.function == "_[_]":
            return header_of(named)
        return _present(named) if node.function == "@in" else Call(0, "_==_", None, _empty(named))
    if node.function in FUNCTIONS:
        raise Untranslatable(FUNCTIONS[node.function])
    target = None if node.target is None else _renamed(node.target, bound)
    return replace(node, target=target, args=tuple(_renamed(part, bound) for part in node.args))


def _header_asked(node: Call) -> str | None:
    """The header of `headers["X"]`, `"X" in headers` or `missingHeader(headers, "X")`."""
    places = {"_[_]": (0, 1), "@in": (1, 0), "missingHeader": (0, 1)}.get(node.function)
    if places is None or len(node.args) != 2:
        return None
    owner, name = (node.args[place] for place in places)
    if isinstance(owner, Ident) and owner.name == "headers" and isinstance(name, Constant):
        return str(name.content)
    return None


def _present(name: str) -> Call:
    return Call(0, "_!=_", None, _empty(name))


def _empty(name: str) -> tuple[Node, Node]:
    return header_of(name), Constant(0, "")
