"""Own logs train an own model, or say what they lack."""

import json
from pathlib import Path

import pytest

from analysis.own_model import TrainingFault, evaluate, train
from detectors.model.bundle import load_model
from tests.support.logs import LINE, a_log, written


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("logs"), a_log(3, people=120, crawlers=120), "shop.log")


def test_one_log_is_measured_on_addresses_it_had_not_seen(log: Path) -> None:
    bundle = train([log], "mine")

    assert {row["site"] for row in bundle["training"]["left_out"]} == {
        f"shop part {part}" for part in (1, 2, 3)
    }


def test_an_own_model_is_accepted_and_tells_people_from_crawlers(log: Path) -> None:
    model = load_model(json.dumps(train([log], "mine")).encode())
    figures = evaluate(model, [log])

    assert min(figure.auc.estimate for figure in figures) > 0.99


@pytest.mark.parametrize(
    "text", ["", LINE + "\n", a_log(3, people=10, crawlers=10)], ids=["empty", "line", "few"]
)
def test_too_little_is_refused_with_the_reason(tmp_path: Path, text: str) -> None:
    with pytest.raises(TrainingFault, match="of each are needed"):
        train([written(tmp_path, text)], "mine")
