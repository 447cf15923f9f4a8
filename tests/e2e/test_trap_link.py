"""The hidden link through a whole gateway: pages stay whole, crawlers are caught, people cannot get there."""

import asyncio
import gzip
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.challenges.browser import CHROMIUM, SWITCHES, needs_chromium
from tests.e2e.test_robots import CHROME, CURL, a_gateway, asked_for
from tests.support.plain_shop import PAGE, PlainShop, ask

LINKED = {"mode": "managed", "trap_link": True}
LINK = re.compile(
    rb'<div hidden inert aria-hidden="true">'
    rb'<a href="(/[0-9a-f]{12}/[0-9a-f]{8})" rel="nofollow" tabindex="-1"></a></div>'
)
LOADED = "location.protocol === 'about:' ? '' : document.readyState"  # an empty page comes before ours
BROWSER = {**CHROME, "Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with (
        PlainShop("User-agent: *\nAllow: /\n") as shop,
        a_gateway(tmp_path_factory.mktemp("linked"), shop, LINKED) as gateway,
    ):
        yield shop, gateway


@pytest.fixture(autouse=True)
def _shop_as_new(house):
    shop, _ = house
    shop.headers, shop.status, shop.squeezes, shop.body = {"Content-Type": "text/html"}, 200, False, PAGE


def test_a_page_has_the_link_behind_its_end(house):
    status, headers, body = ask(house[1].url + "/shoes", BROWSER)

    assert (status, body[: len(PAGE)], headers["transfer-encoding"]) == (200, PAGE, "chunked")
    assert LINK.fullmatch(body[len(PAGE) :])


def test_a_compressed_page_too_and_stays_compressed(house):
    house[0].squeezes = True
    _, headers, body = ask(house[1].url + "/shoes", BROWSER)

    assert (headers["content-encoding"], house[0].fields["accept-encoding"]) == ("gzip", "gzip")
    assert LINK.fullmatch(gzip.decompress(body)[len(PAGE) :])


def test_a_head_request_says_nothing_that_the_page_would_not(house):
    _, headers, body = ask(house[1].url + "/shoes", BROWSER, "HEAD")

    assert ("content-length" in headers, body) == (False, b"")


def test_an_image_and_an_error_are_left_alone(house):
    shop, gateway = house
    shop.headers = {"Content-Type": "image/png"}
    image = ask(gateway.url + "/a.png", BROWSER)[2]
    shop.headers, shop.status = {"Content-Type": "text/html"}, 404
    missing = ask(gateway.url + "/none", BROWSER)

    assert (image, missing[2], missing[1]["content-length"]) == (PAGE, PAGE, str(len(PAGE)))


def test_the_link_is_forbidden_by_the_file_and_whoever_follows_it_is_caught(house):
    _, gateway = house
    link = LINK.search(ask(gateway.url + "/shoes", CURL)[2])[1].decode()
    file = ask(gateway.url + "/robots.txt")[2].decode()
    caught = asked_for(gateway, link, CURL)
    event = [event for event in gateway.events() if event["url"]["path"] == link][-1]

    assert f"Disallow: {link[:14]}\n" in file
    assert (caught, event["stile"]["route"]) == (False, "trap")
    assert "honeypot" in [item["id"] for item in event["stile"]["evidence"]]


async def looked_at(url: str, tabs: int) -> tuple[list[str], list[Any]]:
    """What has the focus after each press of Tab, and the accessibility tree, in a real Chromium."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *SWITCHES,
            f"--user-data-dir={profile}",
            "--remote-debugging-port=0",
            url,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60.0), aiohttp.ClientSession() as session:
                return await _press(session, Path(profile) / "DevToolsActivePort", url, tabs)
        finally:
            process.kill()
            await process.wait()


def _said_in(port_file: Path) -> str:
    """The port that Chromium has written down; empty before."""
    return port_file.read_text().split()[0] if port_file.exists() and port_file.stat().st_size else ""


async def _press(
    session: aiohttp.ClientSession, port_file: Path, url: str, tabs: int
) -> tuple[list[str], list[Any]]:
    port = ""
    while not port:  # a file is no event
        await asyncio.sleep(0.1)
        port = _said_in(port_file)
    pages: list[Any] = []
    while not pages:
        async with session.get(f"http://127.0.0.1:{port}/json") as answer:
            pages = [
                page for page in await answer.json() if page["type"] == "page" and page["url"].startswith(url)
            ]
        await asyncio.sleep(0.2)
    async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
        count = 0

        async def do(method: str, **parameters: Any) -> Any:
            nonlocal count
            count += 1
            await socket.send_json({"id": count, "method": method, "params": parameters})
            while True:
                message = json.loads((await socket.receive()).data)
                if message.get("id") == count:
                    return message["result"]

        loaded = {"result": {"value": ""}}
        while loaded["result"]["value"] != "complete":
            loaded = await do("Runtime.evaluate", expression=LOADED)
        focused = []
        for _ in range(tabs):
            for kind in ("rawKeyDown", "keyUp"):
                await do("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
            found = await do("Runtime.evaluate", expression="document.activeElement.outerHTML.slice(0, 200)")
            focused.append(found["result"]["value"])
        await do("Accessibility.enable")
        tree = await do("Accessibility.getFullAXTree")
        there = await do(
            "Runtime.evaluate", expression="document.querySelectorAll('a[href][rel=nofollow]').length"
        )
        assert there["result"]["value"] == 1
        return focused, tree["nodes"]


@pytest.mark.browser
@needs_chromium
def test_nobody_gets_there_by_keyboard_or_screen_reader(house):
    shop, gateway = house
    shop.body = PAGE.replace(
        b"</body>", b"<style>a, div, [hidden] {display: block !important}</style><input></body>"
    )
    focused, nodes = asyncio.run(looked_at(gateway.url + "/shoes", 8))
    seen = [node for node in nodes if not node["ignored"]]
    links = [node for node in seen if node.get("role", {}).get("value") == "link"]

    assert any("<input>" in each for each in focused)
    assert not any(each.startswith("<a") and "nofollow" in each for each in focused)
    assert [link["name"]["value"] for link in links] == ["a"]
