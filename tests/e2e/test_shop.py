"""The demo shop behaves as a shop does, with nobody in front of it."""

from collections.abc import Iterator

import pytest
import requests

from deploy.demo.catalogue import CATEGORIES, grow
from deploy.demo.pages import TRAP_PATH
from tests.support.shop import Shop

ANSWERS = {
    "home": ("/", 200, "text/html", "Things for the house"),
    "shelf": ("/category/lamps?page=2&sort=price", 200, "text/html", "Sort by"),
    "shelf beyond its end": ("/category/lamps?page=999", 200, "text/html", "aria-current=true>11</a>"),
    "no such shelf": ("/category/cars", 404, "text/html", "We do not have that"),
    "product": ("/product/1234", 200, "text/html", "Add to cart"),
    "no such product": ("/product/9", 404, "text/html", "We do not have that"),
    "endless number": ("/product/" + "9" * 400, 404, "text/html", "We do not have that"),
    "search": ("/search?q=oak+chair", 200, "text/html", "things</span>"),
    "search for markup": ("/search?q=<script>", 200, "text/html", "&lt;script&gt;"),
    "picture": ("/images/1234.svg", 200, "image/svg+xml", "<svg"),
    "price": ("/api/price/1234", 200, "application/json", '"currency": "EUR"'),
    "style": ("/assets/shop.css", 200, "text/css", ":root"),
    "script": ("/assets/shop.js", 200, "text/javascript", "EventSource"),
    "robots": ("/robots.txt", 200, "text/plain", "Disallow: /warehouse/"),
    "sitemap": ("/sitemap.xml", 200, "application/xml", "/product/3999</loc>"),
    "feed": ("/feed.xml", 200, "application/rss+xml", "<rss"),
    "health": ("/health", 200, "application/json", '"ok"'),
    "empty cart": ("/cart", 200, "text/html", "It is empty"),
    "trap": (TRAP_PATH, 404, "text/plain", ""),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_answers(shop: Shop, case: tuple[str, int, str, str]) -> None:
    path, status, content_type, words = case

    answer = requests.get(shop.url + path, timeout=5)

    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, content_type)
    assert words in answer.text


def test_a_visitor_fills_a_cart_and_logs_in(shop: Shop) -> None:
    with requests.Session() as visitor:
        cart = visitor.post(f"{shop.url}/cart/add", data={"product": "1234", "pieces": "2"}, timeout=5)
        refused = visitor.post(
            f"{shop.url}/login", data={"email": "a@example.com", "password": "b"}, timeout=5
        )
        account = visitor.post(
            f"{shop.url}/login", data={"email": "visitor@example.com", "password": "moorland"}, timeout=5
        )

    assert ("/product/1234" in cart.text, refused.status_code) == (True, 403)
    assert "2 pieces are waiting" in account.text


def test_an_asset_that_the_browser_has_is_not_sent_again(shop: Shop) -> None:
    tag = requests.get(f"{shop.url}/assets/shop.css", timeout=5).headers["ETag"]

    again = requests.get(f"{shop.url}/assets/shop.css", headers={"If-None-Match": tag}, timeout=5)

    assert (again.status_code, again.content) == (304, b"")


def test_stock_is_streamed_as_it_changes(shop: Shop) -> None:
    with requests.get(f"{shop.url}/stock/stream?product=1234", stream=True, timeout=5) as stream:
        lines = [line for line, _ in zip(stream.iter_lines(), range(3), strict=False)]

    assert lines[:2] == [b"id: 0", b"event: stock"]


def test_the_catalogue_is_the_same_each_time() -> None:
    first, second = grow(), grow()

    assert first.products == second.products
    assert {product.category for product in first.products} == set(CATEGORIES)
