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


def plain_limits(checked: Checked) -> tuple[Limit, ...]:
    """The rates of which a client must exceed one for this condition to hold; none where it is more."""
    limits = limits_in(checked)
    plain = [found for node in _conjuncts(checked.root) if (found := _exceeded(node))]
    return limits if len(plain) == 1 and len(limits) == len(plain[0]) else ()


def _exceeded(node: Node) -> tuple[Limit, ...]:
    """The limits of a comparison, or of several joined by `||`, that hold for who is above."""
    if not isinstance(node, Call):
        return ()
    if node.function == "_||_":
        sides = [_exceeded(side) for side in node.args]
        return tuple(limit for side in sides for limit in side) if all(sides) else ()
    if node.function not in EXCEEDED:
        return ()
    rate = node.args[EXCEEDED[node.function]]
    asks_rate = isinstance(rate, Call) and rate.function in COUNTED
    return tuple(_limits(node, claimed=False)) if asks_rate else ()


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
