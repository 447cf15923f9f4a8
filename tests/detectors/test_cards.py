"""The page about detectors is what the detectors say."""

from pathlib import Path

import pytest

from analysis.cards import page
from detectors.registry import DETECTORS

PAGE = Path(__file__).parent.parent.parent / "docs/detectors.md"


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m analysis.cards > docs/detectors.md"


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=DETECTORS)
def test_every_detector_carries_a_whole_card(detector):
    words = [word for word in ("Sees:", "Means:", "Spares:", "Costs:") if word in detector.__doc__]

    assert words == ["Sees:", "Means:", "Spares:", "Costs:"]
