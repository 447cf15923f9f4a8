"""Honest work without a browser passes `pow`. For `browser` a testimony is wanted that fits the ticket."""

import pytest

from tests.support.asked import PRODUCT, Course, asking, course_of
from tests.support.gateway import Gateway
from tests.support.shop import Shop
from tests.support.solver import Sheet, Solver
from tests.support.testimonies import RECORDED

RECORD = RECORDED["chromium-headed"]["testimony"]
REFUSED = {"no testimony": ({}, "malformed"), "another's testimony": ({"testimony": RECORD}, "not_rendered")}


def solve(gateway: Gateway, shop: Shop, **more: object) -> tuple[Course, int]:
    """Answer one challenge; what the gateway says of it, and how many products the shop gave away."""
    with Solver(gateway.port) as solver:
        solver.answer(Sheet(solver.open(PRODUCT).body), **more)
        solver.open(PRODUCT)
    return course_of(gateway.events_within(3)), shop.product_pages()


def test_a_solver_that_does_the_work_passes_pow(tmp_path):
    with asking(tmp_path, "pow") as (shop, gateway):
        course, pages = solve(gateway, shop)

    assert (course.kind, course.outcome, pages) == ("pow", "solved", 1)


@pytest.mark.parametrize(("more", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_solver_that_does_the_work_fails_browser(tmp_path, more, reason):
    with asking(tmp_path, "browser") as (shop, gateway):
        course, pages = solve(gateway, shop, **more)

    assert (course.kind, course.outcome, course.reason, pages) == ("browser", "failed", reason, 0)
