"""What scrapers are after, told apart from the tool that fetches it: each goal asks, is answered, asks on."""

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from html import unescape
from random import Random

from analysis.lab.clients.order import Order

LINK = re.compile(r'<a\b([^>]*?)href="(/[^"#]*)"([^>]*)>')
CARD = re.compile(r'href="(/product/\d+)"')
SHELVES = (
    "mugs",
    "kettles",
    "lamps",
    "clocks",
    "cushions",
    "throws",
    "vases",
    "planters",
    "notebooks",
    "chairs",
    "backpacks",
    "tents",
)
WORDS = (
    "lamp",
    "oak",
    "wool",
    "blue",
    "green",
    "clock",
    "tent",
    "steel",
    "linen",
    "chair",
    "mug",
    "vase",
    "rope",
)
FIRST, LAST = 1000, 3999  # the shop's item numbers
PAGES = 11  # of a shelf


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that a goal wants sent; with a `form` it is a POST."""

    path: str
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; a browser knows no status and says 200."""

    status: int
    text: str


Goal = Generator[Ask, Answer, None]


def crawl(order: Order, chance: Random) -> Goal:
    """Everything, breadth first. Careful crawlers leave out what says nofollow."""
    careful = bool(order.habits.get("careful"))
    waiting, seen = ["/"], {"/"}
    while waiting:
        answer = yield Ask(waiting.pop(0))
        for before, path, after in LINK.findall(answer.text):
            link = unescape(path)
            if link in seen or (careful and "nofollow" in before + after):
                continue
            seen.add(link)
            waiting.append(link)
        if chance.random() < 0.1:  # real crawlers fetch with several workers: nearly breadth first
            chance.shuffle(waiting)


def sweep(order: Order, chance: Random) -> Goal:
    """Product numbers: counted up, counted in steps, or drawn; pages or the price API."""
    place = "/api/price/" if order.habits.get("api") else "/product/"
    step = chance.choice((1, 1, 1, 2, 7, 0))
    number = chance.randrange(FIRST, LAST - 1000)
    while True:
        yield Ask(f"{place}{number}")
        number = number + step if step else chance.randrange(FIRST, LAST + 1)


def prices(order: Order, chance: Random) -> Goal:
    """The listings of shelf after shelf, page after page; some look into products as well."""
    del order
    deep = chance.random() < 0.4
    sort = chance.choice(("", "", "sort=price&"))
    for shelf in chance.sample(SHELVES, len(SHELVES)):
        for page in range(1, PAGES + 1):
            first = page == 1 and not sort
            answer = yield Ask(f"/category/{shelf}" if first else f"/category/{shelf}?{sort}page={page}")
            found = sorted(set(CARD.findall(answer.text)))
            for path in found[: chance.randrange(2, 6)] if deep else ():
                yield Ask(path)


def search(order: Order, chance: Random) -> Goal:
    """Words into the search, some pages of each answer, some products."""
    del order
    deep = chance.random() < 0.5
    while True:
        word = " ".join(chance.sample(WORDS, chance.choice((1, 1, 2)))).replace(" ", "+")
        for page in range(1, chance.randrange(2, 6)):
            answer = yield Ask(f"/search?q={word}" if page == 1 else f"/search?q={word}&page={page}")
            found = CARD.findall(answer.text)
            if deep and found:
                yield Ask(chance.choice(found))


def cart(order: Order, chance: Random) -> Goal:
    """How much of each product there is: put in many pieces, look at the cart, go on."""
    number = chance.randrange(FIRST, LAST - 1000)
    while True:
        yield Ask(f"/product/{number}")
        if order.habits.get("api"):
            yield Ask(f"/api/price/{number}")
        yield Ask("/cart/add", {"product": str(number), "pieces": str(chance.choice((1, 20, 99)))})
        number += chance.randrange(1, 9)


GOALS: Mapping[str, Callable[[Order, Random], Goal]] = {
    "crawl": crawl,
    "sweep": sweep,
    "prices": prices,
    "search": search,
    "cart": cart,
}
