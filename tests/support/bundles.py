"""Model bundles for tests: one small tree, changed where a case says so, sealed afterwards."""

import json
from typing import Any

from detectors.behaviour.features import FEATURES, SCHEMA
from detectors.model.bundle import FORMAT, STAGE_KEYS, digest


def a_stump(
    feature: int = 0, threshold: float = 10.0, low: float = -1.0, high: float = 1.0
) -> dict[str, Any]:
    """A tree with one question."""
    return {
        "feature": [feature, -1, -1],
        "threshold": [threshold, 0.0, 0.0],
        "left": [1, -1, -1],
        "right": [2, -1, -1],
        "value": [(low + high) / 2, low, high],
    }


def a_stage(**changes: Any) -> dict[str, Any]:
    """A valid stage with `changes`."""
    return {
        "from_pages": 0,
        "base": 0.5,
        "trees": [a_stump()],
        "calibration": {"slope": 1.0, "intercept": 0.0},
        **changes,
    }


def a_bundle(**changes: Any) -> dict[str, Any]:
    """A valid bundle with `changes` to itself or to its one stage, sealed with the right hash."""
    inner = {name: changes.pop(name) for name in STAGE_KEYS & changes.keys()}
    bundle: dict[str, Any] = {
        "format": FORMAT,
        "version": "test",
        "schema": SCHEMA,
        "features": list(FEATURES),
        "stages": [a_stage(**inner)],
        "training": {},
        **changes,
    }
    return {**bundle, "sha256": digest(bundle)}


def sealed(**changes: Any) -> bytes:
    """That bundle as bytes."""
    return json.dumps(a_bundle(**changes)).encode()
