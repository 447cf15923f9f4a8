"""Browsers under remote control never see the shop, and the event says why: automated, no accident."""

import time
from itertools import cycle

import pytest

from analysis.lab.families import FAMILIES, interpreter, missing
from tests.support.asked import PRODUCT, asking, course_of
from tests.support.driven import MODES, TOOLS, driven
from tests.support.person import Screen
from tests.support.processes import wait_until
from tests.support.programs import needs

PATIENCE_S = 60.0
CASES = list(zip(TOOLS, cycle(MODES), strict=False))  # python -m bench.bots has them all

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]


@needs("Xvfb", "openbox", "chromium")
@pytest.mark.parametrize(("tool", "mode"), CASES)
def test_a_driven_browser_is_refused_as_automated_and_never_served(tmp_path, tool, mode):
    lacking = missing(FAMILIES[tool], interpreter())
    if lacking:
        pytest.skip(lacking)

    with asking(tmp_path, "browser") as (shop, gateway), Screen(tmp_path) as screen:
        with driven(screen, tmp_path, gateway.port, PRODUCT, tool, mode) as program:
            settled = wait_until(lambda: course_of(gateway.events()).settled, PATIENCE_S)
            time.sleep(1.0)  # a page that was let through after all would be there by now
            said, running = program.said, program.running
        course = course_of(gateway.events())

    assert (settled, running) == (True, True), said
    assert (course.kind, course.outcome, course.reason) == ("browser", "failed", "automated")
    assert course.fetched is not None
    assert shop.product_pages() == 0
