"""A Scrapy spider, with the settings that its project template gives. Orders on stdin, one per process."""

from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import HtmlResponse, Response

from analysis.lab.clients.disguise import CHROME_AGENT, headers
from analysis.lab.clients.goals import FIRST, LAST, PAGES, SHELVES, WORDS
from analysis.lab.clients.order import FULL, Order, read_orders

FOLLOWED = {
    "crawl": "a::attr(href)",
    "prices": ".pages a::attr(href), .card a::attr(href)",
    "search": ".pages a::attr(href)",
}


class LabSpider(scrapy.Spider):
    """Starts where the goal says and follows what it says."""

    name = "lab"

    def __init__(self, order: Order, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.order = order

    async def start(self) -> AsyncIterator[Any]:
        """The first requests."""
        for path in starts(self.order, Random(self.order.seed)):
            yield scrapy.Request(self.order.origin + path)

    def parse(self, response: Response, **_: Any) -> Iterator[Any]:
        """Follow links, or put the product into the cart."""
        goal = self.order.goal
        if not isinstance(response, HtmlResponse):
            return
        if goal in FOLLOWED:
            for link in response.css(FOLLOWED[goal]).getall():
                yield response.follow(link)
        elif goal == "cart" and "/product/" in response.url:
            number = response.url.rpartition("/")[2]
            yield scrapy.FormRequest(
                self.order.origin + "/cart/add",
                formdata={"product": number, "pieces": "20"},
                dont_filter=True,
            )


def starts(order: Order, chance: Random) -> list[str]:
    """Where the goal begins."""
    number = chance.randrange(FIRST, LAST - 1000)
    return {
        "crawl": ["/"],
        "sweep": [f"/product/{number + place}" for place in range(order.asks)],
        "prices": [f"/category/{shelf}" for shelf in chance.sample(SHELVES, 3)],
        "search": [
            f"/search?q={word}&page={page}" for word in chance.sample(WORDS, 4) for page in range(1, PAGES)
        ],
        "cart": [f"/product/{number + 3 * place}" for place in range(order.asks)],
    }[order.goal][: order.asks]


def main() -> None:
    """Carry out one order; Twisted starts only once in a process."""
    (order,) = read_orders()
    settings: dict[str, Any] = {
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "TELNETCONSOLE_ENABLED": False,
        "ROBOTSTXT_OBEY": bool(order.habits.get("careful")),
        "COOKIES_ENABLED": bool(order.habits.get("cookies")),
        "CLOSESPIDER_PAGECOUNT": order.asks,
        "CONCURRENT_REQUESTS": 8 if order.pace == FULL else 1,
        "DOWNLOAD_DELAY": 0,
    }
    if order.disguised:
        rest = {name: text for name, text in headers(order).items() if name != "User-Agent"}
        settings |= {"USER_AGENT": CHROME_AGENT, "DEFAULT_REQUEST_HEADERS": rest}
    process = CrawlerProcess(settings)
    process.crawl(LabSpider, order=order)
    process.start()


if __name__ == "__main__":
    main()
