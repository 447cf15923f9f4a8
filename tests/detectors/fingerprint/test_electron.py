"""Browsers inside applications."""

import pytest

from detectors.evidence import Evidence
from detectors.fingerprint.electron import Electron
from tests.support import header_sets as sets
from tests.support.requests import CHROME

MUST = {
    "editor": (
        sets.reading(((b"User-Agent", sets.CHROME_WINDOWS_UA + b" Electron/32.1.2"),)),
        "opened inside an Electron application",
    )
}
MUST_NOT = {"chrome": sets.reading(CHROME)}


@pytest.mark.parametrize(("reading", "reason"), MUST.values(), ids=MUST)
def test_notices_an_application(reading, reason):
    evidence = Electron(1.5).inspect(reading)

    assert evidence == Evidence("electron", 1.5, reason)


@pytest.mark.parametrize("reading", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers(reading):
    evidence = Electron(1.5).inspect(reading)

    assert evidence is None
