"""The flag of remote control has one place."""

import pytest

from detectors.evidence import Evidence
from detectors.probes.webdriver_hidden import WebdriverHidden
from tests.support.requests import a_request
from tests.support.testimonies import CHROME_AGENT, told

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"

MUST = {
    "on navigator": (told(wo=True), "navigator.webdriver was written onto navigator"),
    "another getter": (
        told(nf="userAgent,webdriver"),
        "navigator.webdriver has a getter that is not the browser's own",
    ),
    "removed": (told(wm=True), "navigator.webdriver was removed"),
    "removed from firefox": (told(wm=True, ua=FIREFOX), "navigator.webdriver was removed"),
}
MUST_NOT = {
    "plain chrome": told(),
    "chrome before the flag": told(wm=True, ua=CHROME_AGENT.replace("/130.", "/62.")),
    "an unknown browser": told("ua", wm=True),
    "another getter replaced": told(nf="userAgent"),
}


@pytest.mark.parametrize(("testimony", "reason"), MUST.values(), ids=MUST)
def test_points_at_a_hidden_flag(testimony, reason):
    evidence = WebdriverHidden(1.5).inspect(testimony, a_request())

    assert evidence == Evidence("probe_webdriver_hidden", 1.5, reason)


@pytest.mark.parametrize("testimony", MUST_NOT.values(), ids=MUST_NOT)
def test_spares_flags_in_their_place(testimony):
    assert WebdriverHidden(1.5).inspect(testimony, a_request()) is None
