"""A scrapy spider as its tutorial teaches it: start on pages, take what they hold, follow what they link."""

from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.http import HtmlResponse, Response


class CatalogueSpider(scrapy.Spider):
    """Wants every product. Run with -a shop=http://127.0.0.1:PORT; CLOSESPIDER_PAGECOUNT ends it."""

    name = "catalogue"

    def __init__(self, shop: str = "", **arguments: str) -> None:
        super().__init__(**arguments)
        self.start_urls = [f"{shop}/", *(f"{shop}/product/{number}" for number in range(1000, 1040))]

    def parse(self, response: Response, **_: Any) -> Iterator[object]:
        """Take the price and go on."""
        if isinstance(response, HtmlResponse):
            yield {"url": response.url, "price": response.css("[data-price]::text").get()}
            yield from response.follow_all(css="a[href^='/product/'], a[href^='/category/']")
