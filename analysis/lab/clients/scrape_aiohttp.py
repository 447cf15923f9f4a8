"""An aiohttp scraper, with several workers side by side where it is not told to wait. Orders on stdin."""

import asyncio
from dataclasses import replace
from random import Random

import aiohttp

from analysis.lab.clients.disguise import headers, referrer
from analysis.lab.clients.goals import GOALS, Answer, Ask
from analysis.lab.clients.order import FULL, Order, mark, read_orders


async def work(order: Order, session: aiohttp.ClientSession) -> None:
    """One worker's share of the goal."""
    chance, before = Random(order.seed), ""
    goal = GOALS[order.goal](order, chance)
    ask = next(goal)
    for number in range(order.asks):
        if number:
            mark(order.port, order.pause_s(chance))
        answer = await fetch(ask, session, referrer(order, before, chance), order)
        before = ask.path
        try:
            ask = goal.send(answer)
        except StopIteration:
            return


async def fetch(ask: Ask, session: aiohttp.ClientSession, said: dict[str, str], order: Order) -> Answer:
    """Send one ask."""
    method = "POST" if ask.form else "GET"
    async with session.request(method, order.origin + ask.path, data=ask.form, headers=said) as answer:
        return Answer(answer.status, await answer.text())


async def scrape(order: Order) -> None:
    """The whole session."""
    workers = int(order.habits.get("workers", 1)) if order.pace == FULL else 1
    jar: aiohttp.abc.AbstractCookieJar = aiohttp.DummyCookieJar()
    if order.habits.get("cookies"):
        jar = aiohttp.CookieJar(unsafe=True)  # the shop has an address for a name
    async with aiohttp.ClientSession(headers=headers(order), cookie_jar=jar) as session:
        shares = [
            replace(order, seed=order.seed + worker, asks=-(-order.asks // workers))
            for worker in range(workers)
        ]
        await asyncio.gather(*(work(share, session) for share in shares))


async def main() -> None:
    """Carry out the orders one after the other."""
    for order in read_orders():
        await scrape(order)


if __name__ == "__main__":
    asyncio.run(main())
