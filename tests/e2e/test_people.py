"""A person with a browser shops through the gateway and meets, at most, one page that solves itself."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway import Event, Gateway, demo_changes
from tests.support.person import PROGRAMS, Person, Screen
from tests.support.programs import needs
from tests.support.shop import Shop

REFUSALS = {"block", "throttle", "tarpit", "decoy"}
IN_THE_HERO = (400, 480)  # of a window of 1280 by 900: the large picture that links to one product
PRODUCT = "/product/2114"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Shop, Gateway]]:
    """The demo's shop behind the demo's gateway."""
    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, demo_changes()) as gateway:
        yield shop, gateway


@contextlib.contextmanager
def somebody(folder: Path, url: str) -> Iterator[Person]:
    """A person whose browser has just opened on `url`."""
    with Screen(folder) as screen, Person(screen, folder, url) as person:
        yield person


def outcome(events: list[Event]) -> Counter[str]:
    """How often each action was taken."""
    return Counter(event["event"]["action"] for event in events)


@pytest.mark.browser
@needs(*PROGRAMS)
@pytest.mark.timeout(180)
def test_a_person_shops_and_logs_in_with_at_most_one_challenge_and_no_refusal(
    house: tuple[Shop, Gateway], tmp_path: Path
) -> None:
    shop, gateway = house
    steps = {}

    with somebody(tmp_path, f"{gateway.url}/") as person:
        steps["home"] = shop.saw("GET", "/", status=200, seconds=40) and shop.saw("GET", "/assets/shop.js")
        time.sleep(1.5)  # a person looks before the first click
        person.click(*IN_THE_HERO)
        steps["product"] = shop.saw("GET", "/product/*", status=200, seconds=20)
        steps["price"] = shop.saw("GET", "/api/price/*", status=200)
        time.sleep(1.0)
        person.find_and_use("Add to cart")
        steps["cart"] = shop.saw("POST", "/cart/add", status=303) and shop.saw("GET", "/cart", status=200)
        time.sleep(0.5)
        person.visit(f"{gateway.url}/login")
        steps["form"] = shop.saw("GET", "/login", status=200)
        time.sleep(1.0)  # the field of the address has the focus by itself
        person.write("visitor@example.com")
        person.press("Tab")
        person.write("moorland")
        person.press("Return")
        steps["login"] = shop.saw("POST", "/login", status=303) and shop.saw("GET", "/account", status=200)
    events = gateway.events()

    assert all(steps.values()), (steps, outcome(events), [seen.path for seen in shop.arrivals()])
    assert outcome(events)["challenge"] <= 1
    assert not REFUSALS & outcome(events).keys()


@pytest.mark.browser
@needs(*PROGRAMS)
@pytest.mark.timeout(180)
def test_a_person_who_is_challenged_gets_the_page_that_was_asked_for_without_a_click(
    tmp_path: Path,
) -> None:
    challenge_all = {"policy": {"rules": [{"name": "everybody", "when": "true", "action": "challenge"}]}}

    with Shop(tmp_path) as shop, Gateway(tmp_path, shop.url, demo_changes() | challenge_all) as gateway:
        with somebody(tmp_path, f"{gateway.url}{PRODUCT}"):
            arrived = shop.saw("GET", PRODUCT, status=200, seconds=60) and shop.saw("GET", "/assets/shop.js")
        asked = [event for event in gateway.events() if event["url"]["path"] == PRODUCT]

    assert arrived
    assert outcome(asked) == {"challenge": 1, "allow": 1}
