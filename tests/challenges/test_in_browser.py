"""The real page in a real browser: nothing here presses a button or runs a script from outside."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import ClientSession, CookieJar
from lxml import html

from challenges.verdict import Solved
from detectors.visit import Level
from tests.challenges.browser import chromium, needs_chromium
from tests.challenges.shop import Running, Shop
from tests.support.challenges import Settings

PATIENCE_S = 60.0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  what a browser does next sets no event here
            await asyncio.sleep(0.05)


def visited(shop: Shop, *paths: str, ready: Callable[[Shop], bool], rest_s: float = 0.0) -> Shop:
    async def visit() -> None:
        async with Running(shop) as address, chromium(*(address + path for path in paths)):
            await until(lambda: ready(shop))
            await asyncio.sleep(rest_s)

    asyncio.run(visit())
    return shop


@pytest.mark.browser
@needs_chromium
def test_a_browser_passes_and_gets_the_page_that_it_wanted():
    shop = visited(Shop(), "/product/7?a=b#reviews", ready=lambda shop: bool(shop.fragments))

    assert (
        [type(verdict) for verdict in shop.verdicts],
        shop.verdicts[0].ticket.level,
        shop.pages,
        shop.fragments,
    ) == (
        [Solved],
        Level.POW,
        ["/product/7?a=b"],
        ["#reviews"],
    )


@pytest.mark.browser
@needs_chromium
def test_a_challenge_on_a_page_of_its_own_ends_on_the_front_page():
    shop = visited(Shop(), "/.stile/challenge", ready=lambda shop: bool(shop.pages))

    assert shop.pages == ["/"]


@pytest.mark.browser
@needs_chromium
def test_a_browser_without_workers_passes_too():
    shop = visited(Shop(script_prefix=b"delete self.Worker;"), "/", ready=lambda shop: bool(shop.pages))

    assert [type(verdict) for verdict in shop.verdicts] == [Solved]


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("days", [-400, 400])
def test_a_browser_whose_clock_is_wrong_passes_too(days):
    clock = b"(function () { var now = Date.now; Date.now = function () { return now() + %d; }; })();"
    shop = Shop(script_prefix=clock % (days * 86_400_000))

    visited(shop, "/", ready=lambda shop: bool(shop.pages))

    assert [type(verdict) for verdict in shop.verdicts] == [Solved]


@pytest.mark.browser
@needs_chromium
def test_a_browser_whose_cookies_are_lost_is_not_sent_in_circles():
    shop = visited(
        Shop(forget=True), "/", ready=lambda shop: ("GET", "/.stile/clearance", 403) in shop.seen, rest_s=2.0
    )

    assert [seen for seen in shop.seen if seen[1] == "/"] == [("GET", "/", 403)] * 2


LOST_ANSWER = b"""(function () {
  var send = XMLHttpRequest.prototype.send, lost = false;
  XMLHttpRequest.prototype.send = function (body) {
    var call = this;
    if (!body || lost) { send.call(call, body); return; }
    lost = true;
    setTimeout(function () { call.onerror(); }, 0);
  };
})();"""


@pytest.mark.browser
@needs_chromium
def test_an_answer_that_the_network_lost_is_sent_again():
    shop = visited(Shop(script_prefix=LOST_ANSWER), "/", ready=lambda shop: bool(shop.pages))

    assert [type(verdict) for verdict in shop.verdicts] == [Solved]


@pytest.mark.browser
@needs_chromium
def test_six_pages_at_once_all_arrive():
    paths = [f"/product/{number}" for number in range(6)]
    frames = "".join(f'<iframe src="{path}"></iframe>' for path in paths)
    shop = Shop(Settings(pow_bits=16), open_pages={"/six": frames.encode()})

    visited(shop, "/six", ready=lambda shop: set(paths) <= set(shop.pages))

    assert all(isinstance(verdict, Solved) for verdict in shop.verdicts)


def test_a_person_without_scripts_passes_by_waiting():
    async def visit(shop: Shop) -> list[int]:
        statuses = []
        async with Running(shop) as address, ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            async with session.get(address + "/product/7?a=b", headers={"Accept": "text/html"}) as asked:
                form = html.fromstring(await asked.text()).forms[0]
            word = form.xpath("string(.//legend)").split("“")[1].split("”")[0]
            choice = next(label for label in form.iter("label") if label.text_content().strip() == word)
            fields = {**dict(form.fields), "choice": choice.find("input").get("value")}
            for wait_s in (0.0, 0.4):
                await asyncio.sleep(wait_s)
                async with session.post(address + form.action, data=fields) as answered:
                    statuses.append(answered.status)
        return statuses

    shop = Shop(Settings(form_wait_s=0.3))

    assert (asyncio.run(visit(shop)), shop.pages) == ([403, 200], ["/product/7?a=b"])
