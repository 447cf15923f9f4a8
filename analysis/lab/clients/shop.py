"""Shoppers, several side by side in one browser, each in a context of their own. Orders on stdin."""

import asyncio
import os
import sys
from typing import Any

from playwright.async_api import Error, async_playwright

from analysis.lab.clients.errands import ERRANDS, wander
from analysis.lab.clients.order import Order, mark, read_orders
from analysis.lab.clients.people import Person
from analysis.lab.clients.scrape_browser import CHROMIUM, FLAGS
from analysis.lab.clients.tab import Tab

SIDE_BY_SIDE = 5
SCREENS = ((1280, 720), (1366, 768), (1536, 864), (1920, 1080), (1440, 900), (820, 1180))
PATIENCE_S = 150.0


async def visit(browser: Any, order: Order) -> None:
    """One shopper, from the first page to the last; who comes back has the same cookies."""
    person = Person(order.seed)
    width, height = person.chance.choice(SCREENS)
    context = await browser.new_context(viewport={"width": width, "height": height})
    try:
        tab = Tab(await context.new_page(), person, order)
        await ERRANDS[order.goal](tab, person.visit_pages())
        if order.goal == "come back":
            await come_back(browser, context, person, order)
    finally:
        await context.close()


async def come_back(browser: Any, context: Any, person: Person, order: Order) -> None:
    """Hours later; what the browser had kept of pictures and styles has run out by then, the cookies not."""
    state = await context.storage_state()
    mark(order.port, person.away_s())
    later = await browser.new_context(storage_state=state)
    try:
        tab = Tab(await later.new_page(), person, order)
        await tab.enter("/")
        await tab.read()
        await wander(tab, person.visit_pages() - 1)
    finally:
        await later.close()


async def main() -> None:
    """Let everybody shop; who gets stuck is told of on stderr, by port."""
    orders = read_orders()
    free = asyncio.Semaphore(SIDE_BY_SIDE)
    headless = not orders[0].habits.get("headed")
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, headless=headless, args=flags)

        async def shop(order: Order) -> None:
            async with free:
                try:
                    await asyncio.wait_for(visit(browser, order), PATIENCE_S)
                except (Error, TimeoutError) as trouble:
                    sys.stderr.write(f"{order.port} {order.goal}: {trouble!r:.300}\n")

        await asyncio.gather(*map(shop, orders))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
