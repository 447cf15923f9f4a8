"""What is trained offline is, number for number, what the gateway computes."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.access_log import AccessLog
from analysis.dataset import MOMENTS, Dataset, dataset_of
from analysis.evaluate import caught_share, measure
from analysis.model_card import feature_page, model_page
from analysis.model_recipe import make
from analysis.sessions import Session, sessions_of
from analysis.train import SIGNS, bundle_of, fit, weights
from detectors.behaviour.features import FEATURES
from detectors.model.bundle import Model, load_model
from tests.support.logs import a_log, written

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> list[Session]:
    folder = tmp_path_factory.mktemp("logs")
    return [
        session
        for seed, site in enumerate(("boots", "shoes"))
        for session in sessions_of(AccessLog(written(folder, a_log(seed), site)), site)
    ]


@pytest.fixture(scope="module")
def data(sessions: list[Session]) -> Dataset:
    return dataset_of(sessions)


@pytest.fixture(scope="module")
def model(data: Dataset) -> Model:
    return load_model(json.dumps(bundle_of(fit(data), (0.5, -0.25), "test", {})).encode())


def test_the_gateway_computes_what_was_trained_to_the_last_bit(data: Dataset, model: Model) -> None:
    classifier = fit(data)
    chance = np.random.default_rng(1)
    rows = np.vstack([data.x, chance.normal(0, 30, (2000, len(FEATURES)))])

    assert [model.raw(row) for row in rows.tolist()] == classifier.decision_function(rows).tolist()


def test_the_same_rows_give_the_same_bundle(data: Dataset) -> None:
    assert bundle_of(fit(data), (1.0, 0.0), "a", {}) == bundle_of(fit(data), (1.0, 0.0), "a", {})


@pytest.mark.parametrize("name", SIGNS)
def test_more_of_a_known_sign_never_points_the_other_way(data: Dataset, model: Model, name: str) -> None:
    place = FEATURES.index(name)
    for row in data.x[::40].tolist():
        margins = [
            model.margin([*row[:place], amount, *row[place + 1 :]])
            for amount in np.linspace(0, 60, 30).tolist()
        ]
        steps = np.diff(margins) * SIGNS[name]

        assert (steps >= -1e-12).all()


def test_a_session_is_judged_at_its_moments_and_at_its_end(data: Dataset) -> None:
    assert all(visited in MOMENTS or last for visited, last in zip(data.visited, data.last, strict=True))


def test_people_and_bots_weigh_alike(data: Dataset) -> None:
    weight = weights(data)

    assert weight[data.bot == 0].sum() == pytest.approx(weight[data.bot == 1].sum())


def test_a_bundle_carries_its_honest_figures(sessions: list[Session]) -> None:
    bundle = make(sessions, "test")

    assert {row["site"] for row in bundle["training"]["left_out"]} == {"boots", "shoes"}


def test_a_bundle_of_ours_is_accepted(sessions: list[Session]) -> None:
    assert load_model(json.dumps(make(sessions, "test")).encode()).version == "test"


def test_the_share_caught_is_taken_where_one_person_in_a_hundred_exceeds() -> None:
    bot = np.array([0] * 100 + [1] * 4)
    scores = np.array([*np.linspace(0, 1, 100), 0.5, 0.98, 2.0, 3.0])

    assert caught_share(bot, scores) == 0.5


def test_an_interval_holds_its_estimate(data: Dataset) -> None:
    figure = measure(data, data.x[:, 0], caught_share)

    assert figure.low <= figure.estimate <= figure.high


def test_the_page_of_features_is_up_to_date() -> None:
    assert (ROOT / "docs" / "features.md").read_text(encoding="utf-8") == feature_page()


def test_the_model_s_card_is_that_of_the_shipped_model() -> None:
    bundle = json.loads((ROOT / "detectors" / "model" / "shipped.json").read_bytes())

    assert (ROOT / "docs" / "model.md").read_text(encoding="utf-8") == model_page(bundle)
