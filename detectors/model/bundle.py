"""A model file is a claim until every number in it is checked; a file that fails is refused whole."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from detectors.behaviour.features import FEATURES, SCHEMA
from detectors.model.compile import Score, compile_trees
from detectors.model.tree import BundleFault, Tree, contributions, finite, read_tree

__all__ = ["BundleFault", "Model", "digest", "load_model"]

FORMAT = "stile-model/1"
MAX_BYTES = 2 * 1024 * 1024
MAX_TREES = 300
MAX_ALL_NODES = 20_000  # compiling them takes about a second
KEYS = frozenset(
    {"format", "version", "schema", "features", "base", "trees", "calibration", "training", "sha256"}
)
REASONS = 3


class Model:
    """A checked bundle, compiled. `margin` is in log-odds: what the behaviour adds to the prior."""

    __slots__ = ("_intercept", "_score", "_slope", "features", "sha256", "training", "trees", "version")

    def __init__(self, document: Mapping[str, Any], trees: tuple[Tree, ...], score: Score) -> None:
        self.version: str = document["version"]
        self.sha256: str = document["sha256"]
        self.features: tuple[str, ...] = tuple(document["features"])
        self.training: Mapping[str, Any] = document["training"]
        self.trees = trees
        self._score = score
        self._slope = float(document["calibration"]["slope"])
        self._intercept = float(document["calibration"]["intercept"])

    def margin(self, values: Sequence[float]) -> float:
        """How much more likely a bot behaves like this than a person, as a log ratio; above 0 is a bot."""
        return self._slope * self._score(values) + self._intercept

    def raw(self, values: Sequence[float]) -> float:
        """The sum of the trees before calibration, to the bit scikit-learn's `decision_function`."""
        return self._score(values)

    def reasons(self, values: Sequence[float]) -> tuple[str, ...]:
        """The three features that moved the margin most its own way, as `name 1.5`, strongest first."""
        sign = 1.0 if self.margin(values) >= 0.0 else -1.0
        moved = contributions(self.trees, list(values))
        ranked = sorted(moved.items(), key=lambda item: (-sign * item[1], item[0]))
        return tuple(
            f"{self.features[feature]} {values[feature]:.3g}"
            for feature, share in ranked[:REASONS]
            if sign * share > 0.0
        )


def load_model(document: bytes) -> Model:
    """The model in `document`, a JSON bundle. Raises BundleFault unless all of it is as it must be."""
    if len(document) > MAX_BYTES:
        raise BundleFault(f"{len(document)} bytes; at most {MAX_BYTES} are read")
    bundle = _parse(document)
    _check_head(bundle)
    trees = _read_trees(bundle["trees"])
    slope = finite(bundle["calibration"]["slope"], "calibration slope")
    finite(bundle["calibration"]["intercept"], "calibration intercept")
    if slope < 0.0:
        raise BundleFault("a negative calibration slope would turn bots into people")
    return Model(bundle, trees, compile_trees(trees, finite(bundle["base"], "base"), len(FEATURES)))


def digest(bundle: Mapping[str, Any]) -> str:
    """SHA-256 over the bundle as JSON with sorted keys and no spaces, without its own `sha256`."""
    content = {name: item for name, item in bundle.items() if name != "sha256"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode()).hexdigest()


def _parse(document: bytes) -> dict[str, Any]:
    try:
        bundle = json.loads(document, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except BundleFault:
        raise
    except (ValueError, RecursionError) as fault:
        raise BundleFault(f"no JSON: {fault}") from fault
    if not isinstance(bundle, dict) or set(bundle) != KEYS:
        raise BundleFault(f"a bundle has exactly the keys {', '.join(sorted(KEYS))}")
    return bundle


def _refuse_constant(name: str) -> None:
    raise BundleFault(f"{name} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BundleFault("a key occurs twice")
    return found


def _check_head(bundle: Mapping[str, Any]) -> None:
    if bundle["format"] != FORMAT:
        raise BundleFault(f"format is not {FORMAT}")
    if type(bundle["schema"]) is not int or bundle["schema"] != SCHEMA:
        raise BundleFault(f"trained for feature schema {bundle['schema']!r}; this Stile computes {SCHEMA}")
    if bundle["features"] != list(FEATURES):
        raise BundleFault("the features are not those that this Stile computes, in their order")
    if not isinstance(bundle["version"], str) or not 1 <= len(bundle["version"]) <= 64:
        raise BundleFault("version is a text of 1 to 64 characters")
    if not isinstance(bundle["training"], dict):
        raise BundleFault("training is an object")
    if not isinstance(bundle["calibration"], dict) or set(bundle["calibration"]) != {"slope", "intercept"}:
        raise BundleFault("calibration has exactly slope and intercept")
    try:
        expected = digest(bundle)
    except ValueError as fault:
        raise BundleFault(f"no canonical content: {fault}") from fault
    if bundle["sha256"] != expected:
        raise BundleFault("sha256 does not match the content")


def _read_trees(documents: Any) -> tuple[Tree, ...]:
    if not isinstance(documents, list) or not 1 <= len(documents) <= MAX_TREES:
        raise BundleFault(f"a bundle holds 1 to {MAX_TREES} trees")
    trees = tuple(read_tree(document, len(FEATURES)) for document in documents)
    if sum(len(tree.feature) for tree in trees) > MAX_ALL_NODES:
        raise BundleFault(f"more than {MAX_ALL_NODES} nodes")
    return trees
