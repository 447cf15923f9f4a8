"""Every common HTTP client with Chrome's user agent put on, as it really writes its requests."""

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import requests

from detectors.evidence import risk_of
from detectors.inspection import Inspector
from tests.support.programs import needs
from tests.support.requests import CHROME
from tests.support.wire import listening, request_of

CHROME_UA = dict(CHROME)[b"User-Agent"].decode()
SAFARI_UA = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
FIREFOX_UA = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
EPIPHANY_UA = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
)
BARE_UA = "Mozilla/5.0"
EXPLORER_UA = "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"
PRIOR = -3.0
ASKED = 70.0

SPIDER = """
import sys, scrapy
from scrapy.crawler import CrawlerProcess
class Spider(scrapy.Spider):
    name = "s"
    async def start(self):
        yield scrapy.Request(sys.argv[1])
    def parse(self, response):
        pass
process = CrawlerProcess({"USER_AGENT": sys.argv[2], "LOG_ENABLED": False, "ROBOTSTXT_OBEY": False,
                          "TELNETCONSOLE_ENABLED": False})
process.crawl(Spider)
process.start()
"""
NODE = "fetch(process.argv[1], {headers: {'user-agent': process.argv[2]}}).then(answer => answer.text())"


def by_requests(url: str, user_agent: str) -> None:
    with requests.Session() as session:
        session.get(url, headers={"User-Agent": user_agent}, timeout=5)


def by_urllib(url: str, user_agent: str) -> None:
    with urllib.request.urlopen(
        urllib.request.Request(url, headers={"User-Agent": user_agent}), timeout=5
    ) as answer:
        answer.read()


def by_aiohttp(url: str, user_agent: str) -> None:
    async def fetch() -> None:
        async with (
            aiohttp.ClientSession(headers={"User-Agent": user_agent}) as session,
            session.get(url) as answer,
        ):
            await answer.read()

    asyncio.run(fetch())


def by_command(*command: str) -> Callable[[str, str], None]:
    def fetch(url: str, user_agent: str) -> None:
        words = [word.replace("URL", url).replace("AGENT", user_agent) for word in command]
        subprocess.run(words, check=True, capture_output=True, timeout=30)

    return fetch


CLIENTS = [
    pytest.param(by_requests, id="requests"),
    pytest.param(by_urllib, id="urllib"),
    pytest.param(by_aiohttp, id="aiohttp"),
    pytest.param(by_command(sys.executable, "-c", SPIDER, "URL", "AGENT"), id="scrapy"),
    pytest.param(by_command("curl", "-s", "-A", "AGENT", "URL"), id="curl", marks=needs("curl")),
    pytest.param(
        by_command("wget", "-q", "-O", str(Path("/dev/null")), "-U", "AGENT", "URL"),
        id="wget",
        marks=needs("wget"),
    ),
    pytest.param(by_command("node", "-e", NODE, "URL", "AGENT"), id="node", marks=needs("node")),
]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "user_agent",
    [CHROME_UA, FIREFOX_UA, SAFARI_UA, EPIPHANY_UA, EXPLORER_UA],
    ids=["chrome", "firefox", "safari", "epiphany", "internet explorer"],
)
@pytest.mark.parametrize("place", ["localhost", "plain http", "https"])
def test_a_library_in_a_browsers_coat_is_asked_on_its_first_request(client, user_agent, place):
    with listening() as ear:
        client(f"http://127.0.0.1:{ear.port}/", user_agent)
    host = "localhost" if place == "localhost" else "shop.example.com"
    request = replace(request_of(ear.heads[0], "https" if place == "https" else "http"), host=host)

    sighting = Inspector({}).sighting(request)

    assert risk_of(PRIOR + sighting.log_odds) >= ASKED, sighting.evidence


@pytest.mark.parametrize("client", [client for client in CLIENTS if client.id != "scrapy"])
@pytest.mark.parametrize("user_agent", [BARE_UA, "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_so_is_one_that_says_no_more_than_every_browser_says(client, user_agent, scheme):
    with listening() as ear:
        client(f"http://127.0.0.1:{ear.port}/", user_agent)
    request = replace(request_of(ear.heads[0], scheme), host="shop.example.com")

    sighting = Inspector({}).sighting(request)

    assert risk_of(PRIOR + sighting.log_odds) >= ASKED, sighting.evidence
