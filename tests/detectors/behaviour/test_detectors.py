"""Each behaviour detector fires where it must and is silent where it must not."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from detectors.behaviour.detectors import BEHAVIOUR
from detectors.evidence import risk_of
from detectors.visit import Visit
from tests.support.usual import among_shoppers
from tests.support.visits import a_visit, in_coats, shared_by, shopping, sweep

PRIOR = -3.0
Case = Callable[[], tuple[Visit, float]]


def picked(pages: int, every_s: float = 1.0) -> list[tuple[str, float]]:
    """A script in an order that does not count up, at an uneven pace."""
    chance = Random(7)
    return [(f"/product/{chance.randrange(10_000)}", chance.expovariate(1 / every_s)) for _ in range(pages)]


def told_off(visit: tuple[Visit, float]) -> tuple[Visit, float]:
    """The same request, which robots.txt forbids."""
    return replace(visit[0], disallowed=True), visit[1]


MUST: dict[str, Case] = {
    "honeypot: one hidden link": lambda: a_visit(shopping(2), traps=1),
    "robots_violation: a forbidden page": lambda: told_off(a_visit(shopping(2))),
    "numeric_sweep: upwards": lambda: a_visit(sweep(16)),
    "numeric_sweep: downwards": lambda: a_visit(sweep(16, first=100, stride=-1)),
    "numeric_sweep: calls": lambda: a_visit([(f"/api/stock/{n}", 1.0) for n in range(16)]),
    "asset_blindness: text only": lambda: a_visit(picked(10)),
    "referrer_blindness: from a list": lambda: a_visit(picked(20), referred=False),
    "steady_gaps: a timer": lambda: a_visit(sweep(11, every_s=5.0)),
    "steady_gaps: a timer with jitter": lambda: a_visit([(f"/a{n}", 5 + n % 2) for n in range(12)]),
    "error_rate: a scanner": lambda: a_visit([(f"/backup{n}", 1.0) for n in range(11)], status=404),
    "page_breadth: a slow walk": lambda: a_visit(picked(80, every_s=6.0)),
    "page_haste: no pause": lambda: a_visit(picked(40, every_s=0.2)),
    "changing_agent: four user agents": lambda: in_coats(4),
    "unlike_anybody: a walk through the filters": lambda: among_shoppers("walker"),
    "crowded_fingerprint: a crawler on many addresses": lambda: shared_by(1000, pages=3, assets=0),
}
MUST_NOT: dict[str, Case] = {
    "honeypot: an ordinary visit": lambda: a_visit(shopping(60)),
    "robots_violation: any other": lambda: a_visit(shopping(2)),
    "numeric_sweep: a listing paged through": lambda: a_visit([(f"/page/{n}", 9.0) for n in range(12)]),
    "numeric_sweep: products picked": lambda: a_visit(shopping(60)),
    "asset_blindness: images loaded": lambda: a_visit(shopping(60)),
    "asset_blindness: a short visit with a warm cache": lambda: a_visit(picked(9)),
    "referrer_blindness: a browser that sends none, shortly": lambda: a_visit(shopping(18), referred=False),
    "referrer_blindness: links followed": lambda: a_visit(picked(40)),
    "steady_gaps: a page that reloads itself": lambda: a_visit([("/scores", 60.0)] * 40),
    "steady_gaps: a person": lambda: a_visit(shopping(60)),
    "steady_gaps: everything at once": lambda: a_visit(sweep(20, every_s=0.0)),
    "error_rate: a few dead links": lambda: a_visit([(f"/old{n}", 5.0) for n in range(9)], status=404),
    "error_rate: missing images": lambda: a_visit([("/a.png", 1.0)] * 40, status=404),
    "page_breadth: sixty products in twenty minutes": lambda: a_visit(shopping(60)),
    "page_breadth: the same few pages": lambda: a_visit([(f"/a{n % 5}", 4.0) for n in range(100)]),
    "page_haste: a dozen tabs": lambda: a_visit(shopping(12, mean_s=0.3)),
    "page_haste: many images": lambda: a_visit([("/", 0.0)] + [("/a.png", 0.1)] * 200),
    "changing_agent: one": lambda: in_coats(1),
    "changing_agent: an update and the desktop's page": lambda: in_coats(3),
    "unlike_anybody: one more shopper": lambda: among_shoppers("shopper"),
    "unlike_anybody: nobody was seen before": lambda: among_shoppers("walker", others=499),
    "unlike_anybody: nine pages": lambda: among_shoppers("walker", pages=9),
    "crowded_fingerprint: a popular browser": lambda: shared_by(1000, pages=3, assets=2),
    "crowded_fingerprint: a rare one": lambda: shared_by(50, pages=3, assets=0),
    "crowded_fingerprint: one office": lambda: shared_by(5, pages=1000, assets=0),
    "crowded_fingerprint: not known": lambda: a_visit(picked(40)),
}


def found(name: str, case: Case) -> object:
    detector = BEHAVIOUR[name.partition(":")[0]]
    return detector(detector.default).inspect(*case())


@pytest.mark.parametrize(("name", "case"), MUST.items(), ids=MUST)
def test_fires_on(name: str, case: Case) -> None:
    assert found(name, case) is not None


@pytest.mark.parametrize(("name", "case"), MUST_NOT.items(), ids=MUST_NOT)
def test_is_silent_on(name: str, case: Case) -> None:
    assert found(name, case) is None


@pytest.mark.parametrize("name", BEHAVIOUR)
def test_every_detector_has_a_case_on_both_sides(name: str) -> None:
    assert all(any(case.startswith(name + ":") for case in table) for table in (MUST, MUST_NOT))


@pytest.mark.parametrize("name", BEHAVIOUR)
def test_every_detector_carries_its_card(name: str) -> None:
    card = BEHAVIOUR[name].__doc__ or ""

    assert [word in card for word in ("Sees:", "Means:", "Spares:", "Costs:")] == [True] * 4


def risk(visit: Visit, now: float) -> float:
    evidence = (kind(kind.default).inspect(visit, now) for kind in BEHAVIOUR.values())
    return risk_of(PRIOR + sum(item.log_odds for item in evidence if item is not None))


SCRAPERS: dict[str, Case] = {
    "one product a second": lambda: a_visit(sweep(30), referred=False),
    "one product every twenty seconds": lambda: a_visit(sweep(30, every_s=20.0), referred=False),
    "in random order and at an uneven pace": lambda: a_visit(picked(30, every_s=20.0), referred=False),
    "with a forged referrer, counting up": lambda: a_visit(sweep(30, every_s=2.0)),
}
PEOPLE: dict[str, Case] = {
    "sixty products in twenty minutes": lambda: a_visit(shopping(60)),
    "sixty products without referrers": lambda: a_visit(shopping(60), referred=False),
    "a quick look": lambda: a_visit(shopping(3, mean_s=4.0)),
    "images from another host": lambda: a_visit([deed for deed in shopping(60) if ".webp" not in deed[0]]),
    "a listing paged through with images": lambda: a_visit(
        [deed for n in range(30) for deed in ((f"/shoes/page/{n}", 3.0 + 9 * (n % 3)), (f"/{n}.jpg", 0.1))]
    ),
}


@pytest.mark.parametrize("case", SCRAPERS.values(), ids=SCRAPERS)
def test_a_scraper_with_a_forged_browser_name_is_asked_within_thirty_products(case: Case) -> None:
    assert risk(*case()) > 70


@pytest.mark.parametrize("case", PEOPLE.values(), ids=PEOPLE)
def test_a_person_is_not_asked(case: Case) -> None:
    assert risk(*case()) < 40
