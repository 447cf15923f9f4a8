"""The rates at which rules draw a line: near one, counts are worth sharing at once."""

from collections.abc import Iterable, Iterator

from config.cel.expression import Call, Checked, Constant, Node, nodes_of
from detectors.value import value

COUNTED = {"rate": "requests", "page_rate": "pages"}
COMPARISONS = frozenset(("_>_", "_>=_", "_<_", "_<=_"))


@value
class Limit:
    """A rule tells those above `most` from those below; `route` is empty where requests to all of them count.

    `identity` and `window` are the rule's own words; `counted` is `requests` or `pages`.
    """

    identity: str
    counted: str
    window: str
    route: str
    most: float


def limits_in(checked: Checked) -> tuple[Limit, ...]:
    """Every rate that this condition compares with a literal above zero, in the order of `in_order`.

    What it compares with something worked out (`2.0 * 30.0`, another rate) has no limit that can be told
    without a request.
    """
    comparisons = (node for node in nodes_of(checked.root) if isinstance(node, Call))
    return in_order(limit for node in comparisons if node.function in COMPARISONS for limit in _limits(node))


def in_order(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Each limit once. All lines of one rate are kept: who has passed the lowest may soon pass the next."""
    return tuple(
        sorted(
            set(limits),
            key=lambda limit: (limit.identity, limit.counted, limit.window, limit.route, limit.most),
        )
    )


def _limits(comparison: Call) -> Iterator[Limit]:
    left, right = comparison.args
    for asked, literal in ((left, right), (right, left)):
        most = _number(literal)
        if isinstance(asked, Call) and asked.function in COUNTED and most > 0.0:
            words = [word.content for word in asked.args if isinstance(word, Constant)]
            identity, window, route = (*map(str, words), "")[:3]
            yield Limit(identity, COUNTED[asked.function], window, route, most)


def _number(node: Node) -> float:
    """The literal double that `node` is; 0.0 for anything else."""
    return node.content if isinstance(node, Constant) and isinstance(node.content, float) else 0.0
