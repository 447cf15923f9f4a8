"""A model file is used whole and checked, or not at all."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.features import FEATURES, SCHEMA
from detectors.model.bundle import MAX_BYTES, BundleFault, load_model
from tests.support.bundles import a_bundle, a_stage, a_stump, sealed

VALUES = [20.0] + [0.0] * (len(FEATURES) - 1)


def unsealed(**changes: Any) -> bytes:
    return json.dumps({**a_bundle(), **changes}).encode()


def a_chain(depth: int) -> dict[str, Any]:
    size = 2 * depth + 1
    inner = range(0, size - 1, 2)
    return {
        "feature": [0 if node in inner else -1 for node in range(size)],
        "threshold": [0.0] * size,
        "left": [node + 1 if node in inner else -1 for node in range(size)],
        "right": [node + 2 if node in inner else -1 for node in range(size)],
        "value": [0.0] * size,
    }


POISONED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "truncated": lambda: sealed()[:-20],
    "not JSON": lambda: b"\x80\x04pickle",
    "not UTF-8": lambda: b'{"format": "\xff"}',
    "a list": lambda: b"[]",
    "nested without end": lambda: b"[" * 100_000,
    "an endless number": lambda: b"9" * 100_000,
    "a key twice": lambda: sealed().replace(b'"base": 0.5', b'"base": 0.5, "base": 0.5'),
    "a key too many": lambda: sealed(extra=1),
    "oversized": lambda: sealed() + b" " * MAX_BYTES,
    "NaN": lambda: unsealed(stages=[a_stage(base=float("nan"))]),
    "NaN for every leaf": lambda: unsealed(stages=[a_stage(trees=[a_stump(high=float("nan"))])]),
    "Infinity": lambda: unsealed(stages=[a_stage(base=float("inf"))]),
    "infinite by exponent": lambda: sealed().replace(b'"base": 0.5', b'"base": 1e999'),
    "a huge whole number": lambda: sealed(base=10**400),
    "absurd value": lambda: sealed(trees=[a_stump(high=1e300)]),
    "a base that is text": lambda: sealed(base="0.5"),
    "a base that is true": lambda: sealed(base=True),
    "another format": lambda: sealed(format="stile-model/1"),
    "another schema": lambda: sealed(schema=SCHEMA + 1),
    "a schema that is true": lambda: sealed(schema=True),
    "features in another order": lambda: sealed(features=list(reversed(FEATURES))),
    "a feature missing": lambda: sealed(features=list(FEATURES[1:])),
    "changed after sealing": lambda: unsealed(stages=[a_stage(base=0.6)]),
    "no version": lambda: sealed(version=""),
    "training that is no object": lambda: sealed(training=[]),
    "calibration without slope": lambda: sealed(calibration={"intercept": 0.0}),
    "calibration that turns bots into people": lambda: sealed(calibration={"slope": -1, "intercept": 0}),
    "calibration that is text": lambda: sealed(calibration={"slope": "1", "intercept": 0}),
    "no stages": lambda: sealed(stages=[]),
    "a stage that is text": lambda: sealed(stages=["late"]),
    "a key too many in a stage": lambda: sealed(stages=[a_stage(extra=1)]),
    "a first stage that leaves somebody out": lambda: sealed(stages=[a_stage(from_pages=3)]),
    "two stages that begin together": lambda: sealed(stages=[a_stage(), a_stage()]),
    "a stage that begins before another": lambda: sealed(stages=[a_stage(from_pages=n) for n in (0, 9, 5)]),
    "a stage that begins at a fraction": lambda: sealed(stages=[a_stage(from_pages=0.0)]),
    "a stage that begins never": lambda: sealed(stages=[a_stage(), a_stage(from_pages=10**9)]),
    "too many stages": lambda: sealed(stages=[a_stage(from_pages=n) for n in range(5)]),
    "too many trees in all stages": lambda: sealed(
        stages=[a_stage(from_pages=n, trees=[a_stump()] * 101) for n in range(3)]
    ),
    "no trees": lambda: sealed(trees=[]),
    "too many trees": lambda: sealed(trees=[a_stump()] * 301),
    "too many nodes": lambda: sealed(trees=[a_full_tree()] * 100),
    "a tree that is text": lambda: sealed(trees=["tree"]),
    "a tree without values": lambda: sealed(trees=[{**a_stump(), "value": []}]),
    "a column that is text": lambda: sealed(trees=[{**a_stump(), "left": "123"}]),
    "an unknown feature": lambda: sealed(trees=[a_stump(feature=len(FEATURES))]),
    "a negative feature": lambda: sealed(trees=[a_stump(feature=-2)]),
    "a feature that is code": lambda: sealed(trees=[{**a_stump(), "feature": ["0", -1, -1]}]),
    "a child that is a fraction": lambda: sealed(trees=[{**a_stump(), "left": [1.0, -1, -1]}]),
    "a cycle": lambda: sealed(trees=[{**a_stump(), "left": [0, -1, -1]}]),
    "two parents": lambda: sealed(trees=[{**a_stump(), "left": [2, -1, -1]}]),
    "a child that does not exist": lambda: sealed(trees=[{**a_stump(), "right": [3, -1, -1]}]),
    "too deep": lambda: sealed(trees=[a_chain(9)]),
}


def a_full_tree() -> dict[str, Any]:
    size = 2**9 - 1
    inner = 2**8 - 1
    return {
        "feature": [0] * inner + [-1] * (size - inner),
        "threshold": [0.0] * size,
        "left": [2 * node + 1 for node in range(inner)] + [-1] * (size - inner),
        "right": [2 * node + 2 for node in range(inner)] + [-1] * (size - inner),
        "value": [0.0] * size,
    }


@pytest.mark.parametrize("document", POISONED.values(), ids=POISONED)
def test_a_poisoned_bundle_is_refused(document: Callable[[], bytes]) -> None:
    with pytest.raises(BundleFault):
        load_model(document())


@given(st.integers(0, len(sealed()) - 1), st.binary(min_size=1, max_size=1))
def test_one_changed_byte_is_refused_or_changes_nothing(place: int, byte: bytes) -> None:
    document = sealed()
    changed = document[:place] + byte + document[place + 1 :]
    try:
        model = load_model(changed)
    except BundleFault:
        return

    assert model.margin(VALUES) == load_model(document).margin(VALUES)


@pytest.mark.parametrize(("pages", "margin"), [(10.0, -0.5), (10.1, 1.5)])
def test_the_margin_is_the_base_and_the_leaves(pages: float, margin: float) -> None:
    assert load_model(sealed()).margin([pages, *VALUES[1:]]) == margin


def test_calibration_bends_the_margin() -> None:
    model = load_model(sealed(calibration={"slope": 0.5, "intercept": -1.0}))

    assert model.margin(VALUES) == -0.25


def test_the_deepest_allowed_tree_is_read() -> None:
    assert load_model(sealed(trees=[a_chain(8)])).margin(VALUES) == 0.5


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="unpack"):
        load_model(sealed()).margin(VALUES[1:])


REASONS = {
    "towards a bot": (20.0, ("pages 20", "page_rate_1m 0")),
    "towards a person": (1.0, ("post_share 0", "pages 1")),
}


@pytest.mark.parametrize(("pages", "reasons"), REASONS.values(), ids=REASONS)
def test_reasons_point_where_the_margin_points(pages: float, reasons: tuple[str, ...]) -> None:
    trees = [
        a_stump(0, low=-2.0, high=2.0),
        a_stump(1, low=0.5, high=-0.5),
        a_stump(FEATURES.index("post_share"), low=-3.0, high=3.0) if pages < 10 else a_stump(0),
    ]

    assert load_model(sealed(trees=trees)).reasons([pages, *VALUES[1:]]) == reasons


def test_a_model_says_which_it_is() -> None:
    bundle = a_bundle()
    model = load_model(json.dumps(bundle).encode())

    assert (model.version, model.sha256) == ("test", bundle["sha256"])


@pytest.mark.parametrize(("pages", "margin"), [(3.0, 0.25), (9.9, 0.25), (10.0, 0.5), (400.0, 0.5)])
def test_a_visit_is_judged_by_the_stage_that_it_has_come_to(pages: float, margin: float) -> None:
    early = a_stage(trees=[a_stump(threshold=500.0, low=-0.25)])
    late = a_stage(from_pages=10, trees=[a_stump(threshold=500.0, low=0.0)])
    model = load_model(sealed(stages=[early, late]))

    assert model.margin([pages, *VALUES[1:]]) == margin
