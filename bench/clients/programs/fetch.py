"""Fetches URL?n=0, 1, 2 with the header sets on standard input, by the library named first."""

# ruff: noqa: PLC0415  only the library that is asked for need be installed

import asyncio
import json
import sys
import urllib.request

LIBRARY, URL = sys.argv[1:3]
SETS: list[dict[str, str]] = [dict(pairs) for pairs in json.load(sys.stdin)]


def by_requests() -> None:
    """One session, as scripts do."""
    import requests

    with requests.Session() as session:
        for number, headers in enumerate(SETS):
            session.get(f"{URL}?n={number}", headers=headers, timeout=10)


def by_urllib() -> None:
    """The standard library."""
    for number, headers in enumerate(SETS):
        asked = urllib.request.Request(f"{URL}?n={number}", headers=headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            answer.read()


def by_urllib3() -> None:
    """One pool."""
    import urllib3

    pool = urllib3.PoolManager()
    for number, headers in enumerate(SETS):
        pool.request("GET", f"{URL}?n={number}", headers=headers)


def by_http_client() -> None:
    """The standard library's own writing of requests."""
    import http.client
    from urllib.parse import urlsplit

    place = urlsplit(URL)
    for number, headers in enumerate(SETS):
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        connection.request("GET", f"/?n={number}", headers=headers)
        connection.getresponse().read()
        connection.close()


def by_httpx() -> None:
    """One client, as scripts do."""
    import httpx

    with httpx.Client(timeout=10) as client:
        for number, headers in enumerate(SETS):
            client.get(f"{URL}?n={number}", headers=headers)


def by_aiohttp() -> None:
    """One session, as scripts do."""
    import aiohttp

    async def fetch() -> None:
        async with aiohttp.ClientSession() as session:
            for number, headers in enumerate(SETS):
                async with session.get(f"{URL}?n={number}", headers=headers) as answer:
                    await answer.read()

    asyncio.run(fetch())


def by_scrapy() -> None:
    """One spider; `default` headers of scrapy stay beside those of the set."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    class Spider(scrapy.Spider):
        name = "spider"

        async def start(self):  # type: ignore[no-untyped-def]
            for number, headers in enumerate(SETS):
                yield scrapy.Request(f"{URL}?n={number}", headers=headers)

        def parse(self, response):  # type: ignore[no-untyped-def]
            """Nothing to follow."""

    process = CrawlerProcess({
        "LOG_ENABLED": False, "ROBOTSTXT_OBEY": False, "TELNETCONSOLE_ENABLED": False,
    })  # fmt: skip
    process.crawl(Spider)
    process.start()


def by_httpcore() -> None:
    """What httpx is built on, without its default headers."""
    import httpcore

    with httpcore.ConnectionPool() as pool:
        for number, headers in enumerate(SETS):
            pool.request("GET", f"{URL}?n={number}", headers=headers)


def by_twisted() -> None:
    """What scrapy is built on, without its default headers."""
    from twisted.internet.defer import Deferred
    from twisted.internet.task import react
    from twisted.web.client import Agent, readBody
    from twisted.web.http_headers import Headers

    async def fetch(reactor: object) -> None:
        agent = Agent(reactor)
        for number, headers in enumerate(SETS):
            given = Headers({name: [content] for name, content in headers.items()})
            answer = await agent.request(b"GET", f"{URL}?n={number}".encode(), given)
            await readBody(answer)

    react(lambda reactor: Deferred.fromCoroutine(fetch(reactor)))


{
    "httpcore": by_httpcore,
    "twisted": by_twisted,
    "requests": by_requests,
    "urllib": by_urllib,
    "urllib3": by_urllib3,
    "http.client": by_http_client,
    "httpx": by_httpx,
    "aiohttp": by_aiohttp,
    "scrapy": by_scrapy,
}[LIBRARY]()
