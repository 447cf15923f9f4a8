"""Trees become plain Python conditionals: the fastest way to walk them without leaving the language.

The source holds only the digits of numbers that `tree.py` has checked; no text of the bundle reaches it.
"""

from collections.abc import Callable, Iterator, Sequence

from detectors.model.tree import LEAF, Tree

Score = Callable[[Sequence[float]], float]


def compile_trees(trees: Sequence[Tree], base: float, feature_count: int) -> Score:
    """A function from one row of `feature_count` numbers to `base` plus every tree's leaf, added in order."""
    space: dict[str, Score] = {}
    exec(compile(source_of(trees, base, feature_count), "<model>", "exec"), {"__builtins__": {}}, space)  # noqa: S102
    return space["score"]


def source_of(trees: Sequence[Tree], base: float, feature_count: int) -> str:
    """The Python source of that function; `repr` of a float reads back as the same float."""
    names = "".join(f"f{number}, " for number in range(feature_count))
    lines = ["def score(values):", f" {names}= values", f" total = {float(base)!r}"]
    for tree in trees:
        lines.extend(_branches(tree, 0, 1))
    lines.append(" return total")
    return "\n".join(lines)


def _branches(tree: Tree, node: int, depth: int) -> Iterator[str]:
    indent = " " * depth
    feature = tree.feature[node]
    if feature == LEAF:
        yield f"{indent}total += {float(tree.value[node])!r}"
        return
    yield f"{indent}if f{feature:d} <= {float(tree.threshold[node])!r}:"
    yield from _branches(tree, tree.left[node], depth + 1)
    yield f"{indent}else:"
    yield from _branches(tree, tree.right[node], depth + 1)
