"""Every risk has exactly one band, and a bound belongs to the lower one."""

import pytest

from config.bands import Bands
from config.decision import Band

BANDS = {
    0.0: Band.TRUSTED,
    5.0: Band.TRUSTED,
    5.1: Band.LOW,
    40.0: Band.LOW,
    40.1: Band.ELEVATED,
    70.0: Band.ELEVATED,
    70.1: Band.HIGH,
    90.0: Band.HIGH,
    90.1: Band.CERTAIN,
    100.0: Band.CERTAIN,
}


@pytest.mark.parametrize(("risk", "band"), BANDS.items())
def test_names_the_band(risk, band):
    assert Bands().of(risk) is band
