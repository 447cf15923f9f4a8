"""A tab in a shopper's hands: every movement is a real one in the browser, every wait is written down."""

import asyncio
from typing import Any

from analysis.lab.clients.order import Order, mark
from analysis.lab.clients.people import Person

CARDS = "main .card a"
SETTLE_S = 0.2
SLOW_MS = 20_000


class Tab:
    """One page of the browser and who holds it. `page` is Playwright's; `behind` counts where back leads."""

    def __init__(self, page: Any, person: Person, order: Order) -> None:
        self.page = page
        self.person = person
        self.order = order
        self.behind = 0

    def wait(self, seconds: float) -> None:
        """Let time pass that nobody needs to wait out."""
        mark(self.order.port, seconds)

    async def settle(self) -> None:
        """Until the page has what it loads by itself."""
        await self.page.wait_for_load_state("load", timeout=SLOW_MS)
        await asyncio.sleep(SETTLE_S + float(self.order.habits.get("way_ms", 0)) / 500.0)

    async def enter(self, path: str, referrer: str = "") -> None:
        """Come from a bookmark or, with a referrer, from another site."""
        more = {"referer": referrer} if referrer else {}
        await self.page.goto(self.order.origin + path, timeout=SLOW_MS, **more)
        await self.settle()

    async def read(self) -> None:
        """Look at the page in one to four pieces, with a turn of the wheel between them."""
        whole = self.person.reading_s(self.kind)
        pieces = self.person.chance.choice((1, 2, 3, 4))
        for piece in range(pieces):
            self.wait(whole / pieces)
            if piece < pieces - 1:
                await self.page.mouse.wheel(0, self.person.chance.randrange(200, 1100))
                await asyncio.sleep(SETTLE_S)

    @property
    def kind(self) -> str:
        """What sort of page this is, for how long it is read."""
        path = "/" + self.page.url.partition("://")[2].partition("/")[2]
        if path == "/":
            return "home"
        starts = {"/category/": "listing", "/search": "listing", "/product/": "product", "/cart": "cart"}
        return next((kind for start, kind in starts.items() if path.startswith(start)), "other")

    async def count(self, selector: str) -> int:
        """How many there are that can be seen."""
        return int(await self.page.locator(f"{selector} >> visible=true").count())

    async def press(self, selector: str, number: int = 0) -> bool:
        """Click on the number-th such thing; False where there is none."""
        things = self.page.locator(f"{selector} >> visible=true")
        if await things.count() <= number:
            return False
        await things.nth(number).click(timeout=SLOW_MS)
        await self.settle()
        self.behind += 1
        return True

    async def press_any(self, selector: str) -> bool:
        """Click on one of them, one of the first most likely."""
        count = await self.count(selector)
        return count > 0 and await self.press(selector, self.person.place(count))

    async def find(self, words: str) -> None:
        """Type into the search field and press Enter."""
        self.wait(self.person.typing_s(len(words)))
        await self.page.fill("form.find input", words)
        await self.page.press("form.find input", "Enter")
        await asyncio.sleep(SETTLE_S)
        await self.settle()
        self.behind += 1

    async def back(self) -> None:
        """The browser's own button; where it would lead out of the shop, the shop's name."""
        if not self.behind:
            await self.press("a.brand")
            return
        self.behind -= 1
        await self.page.go_back(timeout=SLOW_MS)
        await self.settle()

    async def open_behind(self, selector: str, number: int) -> "Tab | None":
        """Open one in a tab behind this one, with the middle button."""
        things = self.page.locator(f"{selector} >> visible=true")
        if await things.count() <= number:
            return None
        async with self.page.context.expect_page(timeout=SLOW_MS) as opened:
            await things.nth(number).click(button="middle", timeout=SLOW_MS)
        tab = Tab(await opened.value, self.person, self.order)
        await tab.settle()
        return tab
