"""The files of many hosts, large ones and the clients that go by them: nobody waits, and nothing piles up."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from config.settings import Robots as Settings
from config.settings import Upstream
from detectors.behaviour.client import Client
from proxy.robots import shop_file
from proxy.robots.robots import MAX_HOSTS, Robots
from proxy.robots.shelf import Shelf, Version
from proxy.robots.trap_paths import PERIOD_S, known_paths
from tests.support.requests import a_request

SETTINGS = Settings(
    managed=True, disallow=("/internal/",), agents=(), refresh_s=600.0, trap=True, trap_link=False
)
LARGE = "User-agent: *\n" + "".join(f"Disallow: /p{number}/*x\n" for number in range(20_000))


class House:
    """A Robots whose clock is set by hand, and a storefront that says `text`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.takes_s = 0.0
        self.now = 1000.5 * PERIOD_S
        self.robots = Robots(SETTINGS, b"s" * 32, lambda: self.now)
        self.site: Any = None

    async def answer(self, _: web.Request) -> web.Response:
        await asyncio.sleep(self.takes_s)
        return web.Response(text=self.text)

    async def ask(self, host: str = "shop.example", client: Client | None = None) -> str:
        request = replace(a_request("/robots.txt", headers=((b"User-Agent", b"a"),)), host=host)
        reply = await self.robots.reply(request, self.site, client or Client("a", self.now))
        return reply.body.decode()


@asynccontextmanager
async def a_house(text: str) -> AsyncIterator[House]:
    house = House(text)
    app = web.Application()
    app.router.add_get("/robots.txt", house.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream = Upstream("http", "127.0.0.1", runner.addresses[0][1])
    house.site = SimpleNamespace(name="shop", upstreams=(upstream,))
    try:
        yield house
    finally:
        house.robots.close()
        await runner.cleanup()


async def turns(stop: asyncio.Event) -> int:
    """How often the loop came round to somebody who waits for 2 ms each time."""
    count = 0
    while not stop.is_set():
        await asyncio.sleep(0.002)
        count += 1
    return count


def test_a_large_file_is_read_beside_the_loop():
    async def scene() -> tuple[int, str, str]:
        async with a_house(LARGE) as house:
            await house.ask()
            await asyncio.gather(*house.robots._fetches)  # longer than anybody waits, at times
            first = await house.ask()
            house.now += PERIOD_S  # the traps move: the file is made anew
            stop = asyncio.Event()
            counting = asyncio.create_task(turns(stop))
            old = await house.ask()
            await asyncio.gather(*house.robots._fetches)
            stop.set()
            assert old == first
            return await counting, first, await house.ask()

    count, first, second = asyncio.run(scene())

    assert count >= 10  # on the loop it was 1, for 0.3 s
    assert "/p19" in first
    assert first != second


def test_many_hosts_at_once_all_get_the_shop_s_rules():
    async def scene() -> list[str]:
        async with a_house("User-agent: *\nDisallow: /cart\n") as house:
            house.takes_s = 0.05
            return await asyncio.gather(*(house.ask(f"h{number}.example") for number in range(7)))

    assert all("Disallow: /cart" in text for text in asyncio.run(scene()))


def test_a_client_keeps_no_version_alive():
    async def scene() -> object:
        async with a_house("User-agent: *\nDisallow: /a\n") as house:
            client = Client("a", house.now)
            await house.ask("first.example", client)
            first = house.robots._shelves["shop", "first.example"].current
            watched = weakref.ref(first.file)  # type: ignore[union-attr]
            del first
            house.text = "User-agent: *\nDisallow: /b\n"
            for number in range(MAX_HOSTS):
                house.robots._shelf(house.site, replace(a_request("/"), host=f"h{number}.example"))
            await asyncio.gather(*house.robots._fetches)
            gc.collect()
            return watched()

    assert asyncio.run(scene()) is None


def test_hosts_of_one_file_share_its_reading():
    assert Version("User-agent: *\n").file is Version("User-agent: *\n").file


def test_a_new_version_is_another_s_number():
    assert Version("a").number != Version("a").number
    assert Shelf("a").current is None


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_a_file_that_is_too_long_is_cut_after_a_whole_line(end):
    line = b"Disallow: /" + b"x" * 80 + end

    async def pieces(_: int) -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield line

    answer: Any = SimpleNamespace(content=SimpleNamespace(iter_chunked=pieces))
    text = asyncio.run(shop_file._text(answer))

    assert text.encode().endswith(line)
    assert len(text) > shop_file.MAX_CHARACTERS - 2 * len(line)


def test_the_file_names_every_trap_that_is_still_set():
    async def scene() -> tuple[str, tuple[str, ...]]:
        async with a_house("User-agent: *\nDisallow: /a\n") as house:
            return await house.ask(), known_paths("shop", b"s" * 32, house.now)

    text, traps = asyncio.run(scene())

    assert len(traps) == 4
    assert all(f"Disallow: {trap}\n" in text for trap in traps)
