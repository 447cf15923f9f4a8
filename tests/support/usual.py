"""A site that has seen shoppers, and whoever comes next: told page by page, counted for real."""

from dataclasses import replace
from random import Random

from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from detectors.behaviour.usual import Usual
from detectors.visit import Visit
from tests.support.requests import a_request

NOW = 1_790_000_000.0
NEXT = {"home": "category", "category": "product", "product": "category"}


def a_shopper(usual: Usual, chance: Random, *, pages: int = 12, teaches: bool = True) -> Client:
    """Looks at products by category, with images, at an uneven pace."""
    client = Client(f"shop/s={chance.random()}", NOW)
    route, now = "home", NOW
    for number in range(pages):
        now += chance.lognormvariate(2.5, 0.8)
        query = "page=2" if chance.random() < 0.2 else ""
        path = f"/{route}/{number}" if chance.random() < 0.7 else f"/{route}/a/{number}"
        _look(
            usual, client, (route, path, query, now), size=round(chance.lognormvariate(9, 0.4)), teach=teaches
        )
        client.images += chance.randrange(3, 9)
        route = NEXT[route] if chance.random() < 0.8 else chance.choice(tuple(NEXT))
    return client


def a_walker(usual: Usual, chance: Random, *, pages: int = 12, teaches: bool = True) -> Client:
    """Walks the filters of one listing: no image, always a query, ten pages a second."""
    client = Client(f"shop/s={chance.random()}", NOW)
    for number in range(pages):
        page = ("filter", f"/filter/a/b/c/{number}", f"colour={number}", NOW + number / 10.0)
        _look(usual, client, page, size=2_000, teach=teaches)
    return client


def a_site(shoppers: int, *, walkers: int = 0, seed: int = 5) -> Usual:
    """A site that has seen so many, in a mixed order; nobody was accused."""
    usual, chance = Usual(), Random(seed)
    crowd = [a_shopper] * shoppers + [a_walker] * walkers
    chance.shuffle(crowd)
    for one in crowd:
        one(usual, chance)
    return usual


def among_shoppers(who: str, *, others: int = 800, pages: int = 12) -> tuple[Visit, float]:
    """The last page of a shopper or a walker on a site that others visited before."""
    usual = a_site(others)
    client = {"shopper": a_shopper, "walker": a_walker}[who](usual, Random(6), pages=pages)
    return replace(Visit(a_request(), client, client), unlike=usual.unlike(client)), NOW


def _look(usual: Usual, client: Client, page: tuple[str, str, str, float], *, size: int, teach: bool) -> None:
    route, path, query, now = page
    step = step_of(a_request(path, query=query, arrived=now))
    client.arrive(step, now, route)
    client.respond(200, size, step)
    usual.observe(client, step, route, teaches=teach)
