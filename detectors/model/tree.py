"""A tree is five columns of numbers; whoever holds one may trust that it ends and stays finite."""

from collections.abc import Mapping
from typing import Any

from detectors.value import value

LEAF = -1
MAX_DEPTH = 8
MAX_NODES = 2 ** (MAX_DEPTH + 1) - 1
LARGEST_NUMBER = 1e12  # far beyond any feature or contribution, far below where sums lose their digits
COLUMNS = ("feature", "threshold", "left", "right", "value")


class BundleFault(ValueError):
    """A model file that must not be used; the reason says what is wrong with it."""


@value
class Tree:
    """One regression tree, node by node; node 0 is the root and children stand behind their parents.

    A node goes to `left` where its feature is at most `threshold`, else to `right`. `feature` is -1 for a
    leaf. `value` is what a leaf adds, and for other nodes the mean over their leaves in training, which only
    the reasons use.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


def read_tree(document: Any, feature_count: int) -> Tree:
    """The tree in `document`, parsed JSON. Raises BundleFault unless every number is in its range."""
    if not isinstance(document, Mapping) or set(document) != set(COLUMNS):
        raise BundleFault(f"a tree needs exactly the columns {', '.join(COLUMNS)}")
    columns = [document[name] for name in COLUMNS]
    if not all(isinstance(column, list) for column in columns):
        raise BundleFault("a tree's columns are lists")
    if len({len(column) for column in columns}) != 1 or not 1 <= len(columns[0]) <= MAX_NODES:
        raise BundleFault(f"a tree's columns have one length, 1 to {MAX_NODES}")
    features, thresholds, left, right, values = columns
    for column in (features, left, right):
        if not all(type(item) is int for item in column):
            raise BundleFault("features and children are whole numbers")
    tree = Tree(
        tuple(features),
        tuple(finite(item, "threshold") for item in thresholds),
        tuple(left),
        tuple(right),
        tuple(finite(item, "value") for item in values),
    )
    _check_shape(tree, feature_count)
    return tree


def finite(number: Any, name: str) -> float:
    """`number` as a float. Raises BundleFault where it is none, not finite, or absurdly large."""
    if type(number) not in (int, float) or not abs(number) <= LARGEST_NUMBER:  # so also for NaN
        raise BundleFault(f"{name} is no finite number of sane size")
    return float(number)


def _check_shape(tree: Tree, feature_count: int) -> None:
    size = len(tree.feature)
    depth = {0: 0}
    for node, feature in enumerate(tree.feature):
        if node not in depth:
            raise BundleFault("a tree has a node without a parent")
        if feature == LEAF:
            continue
        if not 0 <= feature < feature_count:
            raise BundleFault("a tree asks for a feature that does not exist")
        for child in (tree.left[node], tree.right[node]):
            # A child behind its only parent: no cycle is possible, and every walk ends.
            if not node < child < size or child in depth:
                raise BundleFault("a tree's children must stand behind their only parent")
            depth[child] = depth[node] + 1
            if depth[child] > MAX_DEPTH:
                raise BundleFault(f"a tree is deeper than {MAX_DEPTH}")


def contributions(trees: tuple[Tree, ...], values: list[float]) -> dict[int, float]:
    """How far each feature moved the sum on the way from each root's mean to its leaf (Saabas 2014)."""
    moved: dict[int, float] = {}
    for tree in trees:
        node = 0
        while (feature := tree.feature[node]) != LEAF:
            child = tree.left[node] if values[feature] <= tree.threshold[node] else tree.right[node]
            moved[feature] = moved.get(feature, 0.0) + tree.value[child] - tree.value[node]
            node = child
    return moved
