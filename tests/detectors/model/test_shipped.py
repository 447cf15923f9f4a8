"""The shipped model loads, is small, and thinks no ill of people who shop."""

from pathlib import Path

import pytest

from detectors.behaviour.features import features
from detectors.model.bundle import MAX_BYTES, load_model
from detectors.visit import Visit
from tests.support.visits import a_visit, shopping, sweep

SHIPPED = Path(__file__).parent.parent.parent.parent / "detectors" / "model" / "shipped.json"
MODEL = load_model(SHIPPED.read_bytes())

PEOPLE = {
    "a quick look": shopping(3, mean_s=4.0),
    "half an hour": shopping(90),
    "one page again and again": [("/scores", 60.0), ("/map.png", 0.2)] * 20,
}


def margin(visit: Visit, now: float) -> float:
    return MODEL.margin(features(visit.session, now))


@pytest.mark.parametrize("deeds", PEOPLE.values(), ids=PEOPLE)
def test_people_are_not_suspected(deeds: list[tuple[str, float]]) -> None:
    assert margin(*a_visit(deeds)) < 0


def test_people_of_a_shop_whose_pictures_come_from_elsewhere_are_far_from_being_asked() -> None:
    """The model misses the pictures, and may say so, but a risk of 70 is 3.85 away from the prior."""
    deeds = [deed for deed in shopping(20) if ".webp" not in deed[0]]

    assert margin(*a_visit(deeds)) < 1.0


def test_a_sweep_is_suspected() -> None:
    assert margin(*a_visit(sweep(30), referred=False)) > 1


def test_reasons_name_features_with_their_values() -> None:
    visit, now = a_visit(sweep(30), referred=False)

    assert len(MODEL.reasons(features(visit.session, now))) == 3


def test_the_bundle_is_far_below_the_limit() -> None:
    assert SHIPPED.stat().st_size < MAX_BYTES / 10


def test_the_bundle_holds_no_address_and_no_user_agent() -> None:
    text = SHIPPED.read_text(encoding="utf-8")

    assert "Mozilla" not in text
