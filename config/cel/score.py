"""Whether a condition says more of somebody than a score; a score alone may ask, never refuse."""

from config.cel.expression import Call, Constant, Ident, ListLiteral, Node, nodes_of

SCORES = frozenset(("risk", "band"))
# Where a request goes, when, and whether the sender was asked before is nothing that anybody did.
CIRCUMSTANCES = frozenset((
    *("request.method", "request.host", "request.route", "request.scheme", "clearance", "degraded", "now"),
    *("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMinutes"),
    *("getMonth", "getSeconds"),
))  # fmt: skip


def rests_on_score(node: Node) -> bool:
    """True where risk or band can be all that there is against those whom the condition meets.

    One side of `||` suffices for that. On the sides of `&&` nothing but circumstances may stand beside it.
    """
    if isinstance(node, Call) and node.function == "_||_":
        return any(map(rests_on_score, node.args))
    if isinstance(node, Call) and node.function == "_&&_":
        return any(map(rests_on_score, node.args)) and all(
            rests_on_score(part) or _is_circumstance(part) for part in node.args
        )
    asked = _asked(node)
    return bool(asked & SCORES) and asked <= SCORES | CIRCUMSTANCES


def _is_circumstance(node: Node) -> bool:
    return _asked(node) <= CIRCUMSTANCES


def _asked(node: Node) -> set[str]:
    """All that the condition looks at; a question to a client or a header counts by its function."""
    names: set[str] = set()
    for each in nodes_of(node):
        if isinstance(each, Ident):
            names.add(each.name)
        elif isinstance(each, Call) and each.target is not None:
            names.add(each.function)
        elif not isinstance(each, Call | Constant | ListLiteral):
            names.add(type(each).__name__)
    return names
