"""A model file is a claim until every number in it is checked; a file that fails is refused whole."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from detectors.behaviour.features import FEATURES, SCHEMA
from detectors.model.compile import Score, compile_trees
from detectors.model.tree import BundleFault, Tree, contributions, finite, read_tree
from detectors.value import value

__all__ = ["BundleFault", "Model", "digest", "load_model"]

FORMAT = "stile-model/2"
MAX_BYTES = 2 * 1024 * 1024
MAX_STAGES = 4
MAX_FROM_PAGES = 1000
MAX_TREES = 300  # of all stages
MAX_ALL_NODES = 20_000  # compiling them takes about a second
KEYS = frozenset({"format", "version", "schema", "features", "stages", "training", "sha256"})
STAGE_KEYS = frozenset({"from_pages", "base", "trees", "calibration"})
PAGES = FEATURES.index("pages")
REASONS = 3


@value
class Stage:
    """The trees for visits of at least `from_pages` pages, compiled; the score times `slope` plus `intercept`
    is the margin."""

    from_pages: int
    trees: tuple[Tree, ...]
    score: Score
    slope: float
    intercept: float


class Model:
    """A checked bundle, compiled. `margin` is in log-odds: what the behaviour adds to the prior."""

    __slots__ = ("_latest_first", "features", "sha256", "stages", "training", "version")

    def __init__(self, document: Mapping[str, Any], stages: tuple[Stage, ...]) -> None:
        self.version: str = document["version"]
        self.sha256: str = document["sha256"]
        self.features: tuple[str, ...] = tuple(document["features"])
        self.training: Mapping[str, Any] = document["training"]
        self.stages = stages
        self._latest_first = stages[::-1]

    def margin(self, values: Sequence[float]) -> float:
        """How much more likely a bot behaves like this than a person, as a log ratio; above 0 is a bot."""
        stage = self.stage(values)
        return stage.slope * stage.score(values) + stage.intercept

    def raw(self, values: Sequence[float]) -> float:
        """The sum of the trees before calibration, to the bit scikit-learn's `decision_function`."""
        return self.stage(values).score(values)

    def stage(self, values: Sequence[float]) -> Stage:
        """The stage that judges these features: the last one that they have enough pages for."""
        pages = values[PAGES]
        for stage in self._latest_first:
            if pages >= stage.from_pages:
                return stage
        return self.stages[0]

    def reasons(self, values: Sequence[float]) -> tuple[str, ...]:
        """The three features that moved the margin most its own way, as `name 1.5`, strongest first."""
        stage = self.stage(values)
        sign = 1.0 if self.margin(values) >= 0.0 else -1.0
        moved = contributions(stage.trees, list(values))
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
    return Model(bundle, _read_stages(bundle["stages"]))


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
    try:
        expected = digest(bundle)
    except ValueError as fault:
        raise BundleFault(f"no canonical content: {fault}") from fault
    if bundle["sha256"] != expected:
        raise BundleFault("sha256 does not match the content")


def _read_stages(documents: Any) -> tuple[Stage, ...]:
    if not isinstance(documents, list) or not 1 <= len(documents) <= MAX_STAGES:
        raise BundleFault(f"a bundle holds 1 to {MAX_STAGES} stages")
    stages = tuple(_read_stage(document) for document in documents)
    begins = [stage.from_pages for stage in stages]
    if begins[0] != 0 or begins != sorted(set(begins)):
        raise BundleFault("the first stage begins at 0 pages, each further one later")
    trees = [tree for stage in stages for tree in stage.trees]
    if len(trees) > MAX_TREES:
        raise BundleFault(f"more than {MAX_TREES} trees")
    if sum(len(tree.feature) for tree in trees) > MAX_ALL_NODES:
        raise BundleFault(f"more than {MAX_ALL_NODES} nodes")
    return stages


def _read_stage(document: Any) -> Stage:
    if not isinstance(document, dict) or set(document) != STAGE_KEYS:
        raise BundleFault(f"a stage has exactly the keys {', '.join(sorted(STAGE_KEYS))}")
    begins, calibration = document["from_pages"], document["calibration"]
    if type(begins) is not int or not 0 <= begins <= MAX_FROM_PAGES:
        raise BundleFault(f"from_pages is a whole number from 0 to {MAX_FROM_PAGES}")
    if not isinstance(calibration, dict) or set(calibration) != {"slope", "intercept"}:
        raise BundleFault("calibration has exactly slope and intercept")
    slope = finite(calibration["slope"], "calibration slope")
    intercept = finite(calibration["intercept"], "calibration intercept")
    if slope < 0.0:
        raise BundleFault("a negative calibration slope would turn bots into people")
    trees = _read_trees(document["trees"])
    score = compile_trees(trees, finite(document["base"], "base"), len(FEATURES))
    return Stage(begins, trees, score, slope, intercept)


def _read_trees(documents: Any) -> tuple[Tree, ...]:
    if not isinstance(documents, list) or not 1 <= len(documents) <= MAX_TREES:
        raise BundleFault(f"a stage holds 1 to {MAX_TREES} trees")
    return tuple(read_tree(document, len(FEATURES)) for document in documents)
