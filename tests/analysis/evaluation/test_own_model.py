"""Own logs train an own model and measure any, or say what they lack."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.evaluation.candidates import Comparison
from analysis.evaluation.measures import Figure
from analysis.evaluation.own_model import Trained, TrainingFault, evaluate, sources_of, train
from config.sources import SHIPPED_MODEL
from detectors.model.bundle import Model, load_model
from proxy.cli import app
from tests.support.logs import LINE, a_log, written


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("logs"), a_log(3, people=90, crawlers=90), "shop.log")


@pytest.fixture(scope="module")
def shipped() -> Model:
    return load_model(SHIPPED_MODEL.read_bytes())


@pytest.fixture(scope="module")
def trained(log: Path, shipped: Model) -> Trained:
    return train(sources_of([log]), "mine", shipped)


def test_one_log_is_measured_on_addresses_it_had_not_seen(trained: Trained) -> None:
    splits = {each.split for each in trained.comparison.candidates}

    assert splits == {"unseen parts of the addresses", "the last 30 % by time"}


def test_an_own_model_is_accepted_and_tells_people_from_crawlers(trained: Trained, log: Path) -> None:
    model = load_model(json.dumps(trained.bundle).encode())

    assert evaluate(model, sources_of([log]))["end"]["auc"][0] > 0.99


@pytest.mark.parametrize(
    "text", ["", LINE + "\n", a_log(3, people=10, crawlers=10)], ids=["empty", "line", "few"]
)
def test_too_little_is_refused_with_the_reason(tmp_path: Path, shipped: Model, text: str) -> None:
    with pytest.raises(TrainingFault, match="each are needed"):
        train(sources_of([written(tmp_path, text)]), "mine", shipped)


GAINS = {
    "better": (Figure(0.05, 0.02, 0.08), Figure(0.1, 0.0, 0.2), True),
    "by chance": (Figure(0.05, -0.02, 0.08), Figure(0.1, -0.1, 0.2), False),
    "better by nothing": (Figure(0.002, 0.001, 0.003), Figure(0.0, 0.0, 0.0), False),
    "better and worse": (Figure(0.05, 0.02, 0.08), Figure(-0.2, -0.3, -0.1), False),
}


@pytest.mark.parametrize(("auc", "caught", "worth"), GAINS.values(), ids=GAINS)
def test_an_own_model_must_be_worth_it(auc: Figure, caught: Figure, worth: bool) -> None:
    comparison = Comparison((), auc, caught)

    assert comparison.worth is worth
    assert ("you need no model of your own" in comparison.verdict) is not worth


FAULTS = {
    "missing": lambda folder: folder / "none.log",
    "a directory": lambda folder: folder,
    "empty": lambda folder: written(folder, ""),
    "garbage": lambda folder: written(folder, "\x00\xff" * 999),
    "too few": lambda folder: written(folder, a_log(1, people=5, crawlers=5)),
}


@pytest.mark.parametrize(
    "command", [["evaluate"], ["train", "--out", "model.json"]], ids=["evaluate", "train"]
)
@pytest.mark.parametrize("make", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_line_and_exit_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], make: Callable[[Path], Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*command, str(make(tmp_path))])

    assert result.exit_code == 1
    assert result.stderr.startswith("stile: ")
    assert "Traceback" not in result.output


def test_a_broken_bundle_is_refused_by_name(tmp_path: Path, log: Path) -> None:
    bundle = written(tmp_path, "{}", "broken.json")
    result = CliRunner().invoke(app, ["evaluate", str(log), "--model", str(bundle)])

    assert (result.exit_code, result.stderr.startswith(f"stile: {bundle}: ")) == (1, True)


def test_evaluate_writes_what_it_is_asked_for(tmp_path: Path, log: Path) -> None:
    asked = [str(log), "--json", str(tmp_path / "e.json"), "--html", str(tmp_path / "e.html")]
    result = CliRunner().invoke(app, ["evaluate", *asked])

    assert result.exit_code == 0
    assert json.loads((tmp_path / "e.json").read_bytes())["format"] == "stile-evaluation/1"
    assert (tmp_path / "e.html").read_text("utf-8").startswith("<!doctype html>")
