"""Many visitors share an address, a user agent and no cookie yet: that is no way to read a shop."""

import pytest

from detectors.behaviour.client import Client
from detectors.behaviour.detectors import BEHAVIOUR, OF_ANYBODY
from detectors.behaviour.sketch import bit_of_text
from detectors.inspection import Inspector
from detectors.visit import Visit
from tests.support.requests import a_request

NOW = 1_790_000_000.0


def first_pages(pages: int, begun: int) -> Client:
    """What is remembered of those without a cookie: so many pages, on which so many sessions began."""
    client = Client("shop/v=192.0.2.1~0badcafe", NOW)
    client.pages = client.requests = pages
    client.sessions = bit_of_text("these")
    for number in range(begun):
        client.sessions |= bit_of_text(f"session {number}")
    return client


def visited_by(session: Client) -> Visit:
    return Visit(a_request("/product/7"), Client("shop/192.0.2.1", NOW), session)


MANY = {"a school": (30, 30), "some turn round at once": (30, 14), "the first of them": (1, 1)}
ONE = {"a scraper that keeps no cookie": (30, 0), "a scraper among people": (300, 12), "nobody yet": (0, 0)}


@pytest.mark.parametrize(("pages", "begun"), MANY.values(), ids=MANY)
def test_people_who_share_an_address_are_many(pages, begun):
    assert first_pages(pages, begun).is_many


@pytest.mark.parametrize(("pages", "begun"), ONE.values(), ids=ONE)
def test_who_keeps_no_cookie_is_not(pages, begun):
    assert not first_pages(pages, begun).is_many


@pytest.mark.parametrize(("begun", "told"), [(0, ["asset_blindness"]), (30, [])])
def test_what_many_did_together_tells_nothing(begun, told):
    visit = visited_by(first_pages(30, begun))

    assert [
        found.id for found in Inspector({}).behaviour(visit, NOW) if found.id == "asset_blindness"
    ] == told


def test_a_trap_is_a_trap_for_anybody():
    session = first_pages(30, 30)
    session.traps = 1

    assert "honeypot" in {found.id for found in Inspector({}).behaviour(visited_by(session), NOW)}


def test_what_holds_for_anybody_is_known():
    assert set(OF_ANYBODY) <= BEHAVIOUR.keys()
