"""What is trained offline is, number for number, what the gateway computes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.access_log import AccessLog
from analysis.dataset import MOMENTS, PAGES, Dataset, dataset_of, lab_dataset_of
from analysis.evaluate import caught_share, measure
from analysis.lab.sessions import LabSession, read
from analysis.labels import Label, is_doubtful, label_of
from analysis.model_card import feature_page, model_page
from analysis.model_recipe import make
from analysis.sessions import Session, sessions_of
from analysis.train import EARLY, LATE, PHASES, SIGNS, Grown, bundle_of, fit, weights
from analysis.unseen import unseen
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
def lab() -> list[LabSession]:
    """A few sessions of three families and of shoppers."""
    return [each for each in read() if each.family in {"httpx", "selenium", "wget", "shoppers"}][::4]


@pytest.fixture(scope="module")
def data(sessions: list[Session], lab: list[LabSession]) -> Dataset:
    return dataset_of(sessions).beside(lab_dataset_of(lab))


@pytest.fixture(scope="module")
def grown(data: Dataset) -> list[Grown]:
    return [Grown(phase, fit(data, phase), (0.5, -0.25)) for phase in PHASES]


@pytest.fixture(scope="module")
def model(grown: list[Grown]) -> Model:
    return load_model(json.dumps(bundle_of(grown, "test", {})).encode())


@pytest.fixture(scope="module")
def bundle(sessions: list[Session], lab: list[LabSession]) -> dict[str, Any]:
    return make(sessions, "test", held_out=lab[:40], lab=lab)


def test_the_gateway_computes_what_was_trained_to_the_last_bit(
    data: Dataset, grown: list[Grown], model: Model
) -> None:
    """On 100,000 random rows, among them ones that lie exactly on thresholds, and on all that trained it."""
    chance = np.random.default_rng(1)
    some = data.x[chance.integers(len(data.x), size=50_000)]
    cuts = [tree.threshold for stage in model.stages for tree in stage.trees]
    on_cuts = chance.choice(np.concatenate(cuts), (25_000, len(FEATURES)))
    rows = np.vstack([data.x, some, on_cuts, chance.normal(0, 30, (25_000, len(FEATURES)))])
    late = rows[:, PAGES] >= LATE.from_pages
    expected = np.where(
        late, grown[1].classifier.decision_function(rows), grown[0].classifier.decision_function(rows)
    )

    assert [model.raw(row) for row in rows.tolist()] == expected.tolist()


def test_the_same_rows_give_the_same_bundle(data: Dataset, grown: list[Grown]) -> None:
    again = [Grown(phase, fit(data, phase), (0.5, -0.25)) for phase in PHASES]

    assert bundle_of(again, "a", {}) == bundle_of(grown, "a", {})


def test_what_the_laboratory_teaches_reaches_later_trees_alone(
    sessions: list[Session], data: Dataset
) -> None:
    logs = dataset_of(sessions)
    early, late = ([Grown(phase, fit(rows, phase), (1.0, 0.0)) for rows in (logs, data)] for phase in PHASES)

    assert bundle_of(early[:1], "a", {}) == bundle_of(early[1:], "a", {})
    assert bundle_of(late[:1], "a", {}) != bundle_of(late[1:], "a", {})


def test_nobody_is_scored_by_trees_that_knew_their_fold(data: Dataset) -> None:
    found = unseen(data)
    late = data.pages >= LATE.from_pages
    for fold, trees in found.grown.items():
        left_out = data.only(data.fold == fold)
        rest = data.only(data.fold != fold)
        for each, rows in zip(trees, (~late, late), strict=True):
            expected = fit(rest, each.phase).decision_function(left_out.x)
            slope, intercept = found.calibrations[each.phase]
            chosen = rows[data.fold == fold]

            assert found.margins[(data.fold == fold) & rows] == pytest.approx(
                slope * expected[chosen] + intercept
            )


def test_families_of_tools_and_sites_are_folds(data: Dataset) -> None:
    assert set(data.fold.tolist()) == {"boots", "shoes", "httpx", "selenium", "wget"}


def test_doubtful_people_train_nothing(data: Dataset) -> None:
    doubtful = replace(data, doubtful=(data.bot == 0) & (np.arange(len(data.bot)) % 7 == 0))

    for phase in (EARLY, LATE):
        assert not (phase.trains(doubtful) & doubtful.doubtful).any()


READ = {  # who asks for this with a page as referrer reads markup
    "a feed": ("/feed/", True),
    "a service description": ("/wp-includes/wlwmanifest.xml", True),
    "a document": ("/manual.pdf", False),
    "a picture": ("/boot.png", False),
}


@pytest.mark.parametrize(("path", "doubtful"), READ.values(), ids=READ)
def test_readers_of_markup_are_doubtful(tmp_path: Path, path: str, doubtful: bool) -> None:
    page = "http://shop.example/shoes"
    lines = [
        f'198.51.100.7 - - [24/Mar/2026:10:00:0{place} +0000] "GET {asked} HTTP/1.1" 200 9 "{page}" "Firefox"'
        for place, asked in enumerate(("/shoes", "/a.css", "/b.js", path))
    ]
    (session,) = sessions_of(AccessLog(written(tmp_path, "\n".join(lines) + "\n")), "shop")

    assert label_of(session) is Label.PERSON
    assert is_doubtful(session) is doubtful


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


def test_a_session_is_judged_at_its_moments_and_at_its_end(sessions: list[Session]) -> None:
    data = dataset_of(sessions)

    assert all(visited in MOMENTS or last for visited, last in zip(data.visited, data.last, strict=True))


def test_people_and_bots_weigh_alike(data: Dataset) -> None:
    weight = weights(data)

    assert weight[data.bot == 0].sum() == pytest.approx(weight[data.bot == 1].sum())


def test_a_bundle_carries_its_honest_figures(bundle: dict[str, Any]) -> None:
    assert {row["site"] for row in bundle["training"]["left_out"]} == {"boots", "shoes"}
    assert {row["family"] for row in bundle["training"]["laboratory"]} == {
        "httpx",
        "selenium",
        "shoppers",
        "wget",
    }


def test_a_bundle_of_ours_is_accepted_and_has_a_card(bundle: dict[str, Any]) -> None:
    assert load_model(json.dumps(bundle).encode()).version == "test"
    assert bundle["sha256"] in model_page(bundle)


def test_a_bundle_says_where_its_training_lay(bundle: dict[str, Any]) -> None:
    for lay in bundle["training"]["summary"].values():
        assert lay["cuts"] == sorted(set(lay["cuts"]))
        assert len(lay["shares"]) == len(lay["cuts"]) + 1
        assert sum(lay["shares"]) == pytest.approx(1.0, abs=1e-4)


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
