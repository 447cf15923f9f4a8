"""The rates at which rules draw a line: near one, counts are worth sharing at once."""

from collections.abc import Iterable, Iterator

from config.cel.expression import Call, Checked, Constant, Ident, ListLiteral, Node, nodes_of
from detectors.value import value

COUNTED = {"rate": "requests", "page_rate": "pages"}
COMPARISONS = frozenset(("_>_", "_>=_", "_<_", "_<=_"))
EXCEEDED = {"_>_": 0, "_>=_": 0, "_<_": 1, "_<=_": 1}  # on which side the rate stands that is too high


@value
class Limit:
    """A rule tells those above `most` from those below; `route` is empty where requests to all of them count.

    `identity` and `window` are the rule's own words; `counted` is `requests` or `pages`. `claimed` is true
    where the rule is about those alone who say that they are bots.
    """

    identity: str
    counted: str
    window: str
    route: str
    most: float
    claimed: bool = False


def limits_in(checked: Checked) -> tuple[Limit, ...]:
    """Every rate that this condition compares with a literal above zero, in the order of `in_order`.

    What it compares with something worked out (`2.0 * 30.0`, another rate) has no limit that can be told
    without a request.
    """
    comparisons = (node for node in nodes_of(checked.root) if isinstance(node, Call))
    claimed = any(map(_asks_for_a_claim, _conjuncts(checked.root)))
    return in_order(
        limit
        for node in comparisons
        if node.function in COMPARISONS
        for limit in _limits(node, claimed=claimed)
    )


def plain_limit(checked: Checked) -> Limit | None:
    """The one rate that a client must exceed for this condition to hold; None where it is not as plain."""
    limits = limits_in(checked)
    conjuncts = [node for node in _conjuncts(checked.root) if isinstance(node, Call)]
    exceeded = [
        node
        for node in conjuncts
        if node.function in EXCEEDED and next(_limits(node, claimed=False), None) is not None
    ]
    if len(limits) != 1 or len(exceeded) != 1:
        return None
    node = exceeded[0]
    rate = node.args[EXCEEDED[node.function]]
    return limits[0] if isinstance(rate, Call) and rate.function in COUNTED else None


def in_order(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Each limit once. All lines of one rate are kept: who has passed the lowest may soon pass the next."""
    return tuple(
        sorted(
            set(limits),
            key=lambda limit: (
                limit.identity,
                limit.counted,
                limit.window,
                limit.route,
                limit.most,
                limit.claimed,
            ),
        )
    )


def _conjuncts(node: Node) -> Iterator[Node]:
    """The conditions that must all hold."""
    if isinstance(node, Call) and node.function == "_&&_":
        for part in node.args:
            yield from _conjuncts(part)
    else:
        yield node


def _asks_for_a_claim(node: Node) -> bool:
    """True for `bot.status == "unverified"` and `bot.category in ["search"]`: nobody else gets past it."""
    if not isinstance(node, Call) or node.function not in {"_==_", "@in"}:
        return False
    asked, wanted = node.args
    named = wanted.items if isinstance(wanted, ListLiteral) else (wanted,)
    words = {word.content for word in named if isinstance(word, Constant)}
    of_bots = isinstance(asked, Ident) and asked.name.startswith("bot.")
    return of_bots and len(words) == len(named) and not words & {"", "none"}


def _limits(comparison: Call, *, claimed: bool) -> Iterator[Limit]:
    left, right = comparison.args
    for asked, literal in ((left, right), (right, left)):
        most = _number(literal)
        if isinstance(asked, Call) and asked.function in COUNTED and most > 0.0:
            words = [word.content for word in asked.args if isinstance(word, Constant)]
            identity, window, route = (*map(str, words), "")[:3]
            yield Limit(identity, COUNTED[asked.function], window, route, most, claimed)


def _number(node: Node) -> float:
    """The literal double that `node` is; 0.0 for anything else."""
    return node.content if isinstance(node, Constant) and isinstance(node.content, float) else 0.0
