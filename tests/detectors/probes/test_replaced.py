"""A browser's functions are its own."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.replaced import Replaced
from tests.support.requests import a_request
from tests.support.testimonies import told

MUST = {
    "two functions": (told(nf="userAgent,plugins"), "not the browser's own: plugins, userAgent"),
    "on navigator": (told(no=2), "properties were written onto navigator"),
}
MUST_NOT = {
    "plain chrome": told(),
    "names that nobody looks at": told(nf="alert,<b>"),
    "not told": told("no"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_names_what_was_replaced(testimony, reason):
    evidence = Replaced(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_replaced", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_browsers_as_they_are(testimony):
    assert Replaced(1.5).inspect(testimony, a_request()) is None
