"""What people come to a shop for, as movements in a tab; each errand has about so many pages to spend."""

from collections.abc import Awaitable, Callable, Mapping

from analysis.lab.clients.goals import SHELVES, WORDS
from analysis.lab.clients.tab import CARDS, Tab

ENGINES = (
    "https://www.google.com/",
    "https://www.google.com/",
    "https://www.google.com/",
    "https://www.bing.com/",
    "https://duckduckgo.com/",
)
SHELF = "nav.shelves a"
NUMBERS = "nav.pages a"
SORTS = ".tools a"
CRUMBS = ".crumbs a"
Errand = Callable[[Tab, int], Awaitable[None]]


async def arrive(tab: Tab) -> None:
    """Through the front door, from a bookmark, or from a search engine to wherever it points."""
    chance = tab.person.chance
    path = chance.choice(
        ("/", "/", f"/category/{chance.choice(SHELVES)}", f"/product/{chance.randrange(1000, 4000)}")
    )
    await tab.enter(path, chance.choice(("", *ENGINES)))
    await tab.read()


async def wander(tab: Tab, pages: int) -> None:
    """Go on from wherever this is, as the page invites to."""
    chance = tab.person.chance
    for _ in range(pages):
        draw = chance.random()
        if tab.kind == "product":
            moves: tuple[Callable[[], Awaitable[object]], ...] = (
                tab.back if draw < 0.45 else lambda: tab.press_any(CARDS),
                lambda: tab.press(CRUMBS, 1),
            )
            await moves[draw > 0.8]()
        elif tab.kind == "listing" and draw < 0.3:
            await tab.press_any(NUMBERS if draw < 0.22 else SORTS)
        elif tab.kind in {"home", "listing"} and draw < 0.85 and await tab.count(CARDS):
            await tab.press_any(CARDS)
        else:
            await tab.press(SHELF, chance.randrange(len(SHELVES)))
        await tab.read()


async def browse(tab: Tab, pages: int) -> None:
    """Look around without a plan."""
    await arrive(tab)
    await wander(tab, pages - 1)


async def search(tab: Tab, pages: int) -> None:
    """Look for something by words, look into what is found, and look again with other words."""
    chance = tab.person.chance
    await arrive(tab)
    left = pages - 1
    while left > 0:
        await tab.find(" ".join(chance.sample(WORDS, chance.choice((1, 1, 2)))))
        await tab.read()
        left -= 1
        for _ in range(min(left, chance.randrange(1, 5))):
            if tab.kind == "product":
                await tab.back()
            elif not await tab.press_any(CARDS):
                break
            await tab.read()
            left -= 1


async def compare(tab: Tab, pages: int) -> None:
    """A listing, and again and again from it to a product and back."""
    chance = tab.person.chance
    await tab.enter("/", chance.choice(("", *ENGINES)))
    await tab.read()
    await tab.press(SHELF, chance.randrange(len(SHELVES)))
    await tab.read()
    for _ in range(max(pages - 2, 2)):
        if chance.random() < 0.2:
            await tab.press_any(NUMBERS)
            await tab.read()
        if not await tab.press_any(CARDS):
            return
        await tab.read()
        await tab.back()
        tab.wait(tab.person.between_clicks_s())


async def buy(tab: Tab, pages: int) -> None:
    """Find something, put it into the cart, look at the cart, log in."""
    chance = tab.person.chance
    await browse(tab, max(pages - 4, 2))
    for _ in range(chance.choice((1, 1, 2))):
        if tab.kind != "product":
            if not await tab.count(CARDS):
                await tab.press(SHELF, chance.randrange(len(SHELVES)))
                await tab.read()
            await tab.press_any(CARDS)
            await tab.read()
        await tab.press("form.buy button")
        await tab.read()
        if chance.random() < 0.4:
            await tab.back()
            tab.wait(tab.person.between_clicks_s())
    if tab.kind != "cart":
        await tab.press("header .links a", 1)
        await tab.read()
    if chance.random() < 0.6 and await tab.press("a.button"):
        await log_in(tab)


async def log_in(tab: Tab) -> None:
    """Type address and password, the first time sometimes wrongly."""
    for password in ("moorlnad", "moorland") if tab.person.chance.random() < 0.2 else ("moorland",):
        tab.wait(tab.person.typing_s(30))
        await tab.page.fill("#email", "visitor@example.com")
        await tab.page.fill("#password", password)
        await tab.press("form.panel button")
        await tab.read()


async def one_product(tab: Tab, pages: int) -> None:
    """From a search engine's link to one product; perhaps a look at what goes well with it."""
    chance = tab.person.chance
    await tab.enter(f"/product/{chance.randrange(1000, 4000)}", chance.choice(ENGINES))
    await tab.read()
    for _ in range(min(pages // 3, 5)):
        await tab.press_any(CARDS)
        await tab.read()


async def tabs(tab: Tab, pages: int) -> None:
    """Open what looks nice in tabs, then read them one by one."""
    chance = tab.person.chance
    await arrive(tab)
    left = pages - 1
    while left > 0:
        if not await tab.count(CARDS) or tab.kind == "product" or chance.random() < 0.5:
            await tab.press(SHELF, chance.randrange(len(SHELVES)))
            await tab.read()
            left -= 1
        opened = []
        count = await tab.count(CARDS)
        for number in sorted({tab.person.place(count) for _ in range(chance.randrange(2, 6)) if count}):
            opened.append(await tab.open_behind(CARDS, number))
            tab.wait(tab.person.between_clicks_s())
            left -= 1
        for behind in filter(None, opened):
            await behind.read()
            if chance.random() < 0.15:
                await behind.press_any(CARDS)
                await behind.read()
            await behind.page.close()


ERRANDS: Mapping[str, Errand] = {
    "browse": browse,
    "search": search,
    "compare": compare,
    "buy": buy,
    "come back": browse,
    "one product": one_product,
    "tabs": tabs,
}
