"""Scrapers that say what they are, or lie about it badly, get a handful of pages; the shop counts them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.support.gateway import Gateway, demo_changes
from tests.support.processes import ROOT
from tests.support.programs import needs
from tests.support.shop import Shop

WANTED = range(1000, 1060)  # sixty pages: what each scraper would take if it could
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)
Scraper = Callable[[str, Path], None]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop(tmp_path) as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path, shop: Shop) -> Iterator[Gateway]:
    """The demo's configuration in front of the shop, with an empty memory."""
    with Gateway(tmp_path, shop.url, demo_changes()) as running:
        yield running


def run(*command: str, folder: Path) -> None:
    """Run a scraper to its end. How it ends is its own affair."""
    subprocess.run(command, cwd=folder, capture_output=True, timeout=90, check=False)


def scrapy_spider(url: str, folder: Path) -> None:
    spider = str(ROOT / "tests/support/catalogue_spider.py")
    bounds = (
        "-s",
        "CLOSESPIDER_PAGECOUNT=60",
        "-s",
        "CLOSESPIDER_TIMEOUT=30",
        "-s",
        "TELNETCONSOLE_ENABLED=False",
    )
    run(sys.executable, "-m", "scrapy", "runspider", spider, "-a", f"shop={url}", *bounds, folder=folder)


def requests_loop(url: str, _folder: Path) -> None:
    for number in WANTED:
        requests.get(f"{url}/product/{number}", timeout=10)


def curl_loop(url: str, folder: Path) -> None:
    for number in WANTED:
        run("curl", "-s", "-o", "page.html", f"{url}/product/{number}", folder=folder)


def wget_mirror(url: str, folder: Path) -> None:
    run("wget", "-q", "-r", "-l", "1", "--tries=1", f"{url}/", folder=folder)


def forged_chrome(url: str, _folder: Path) -> None:
    with requests.Session() as session:
        session.headers["User-Agent"] = CHROME
        for number in WANTED:
            session.get(f"{url}/product/{number}", timeout=10)


HONEST = {
    "scrapy": pytest.param(scrapy_spider, id="scrapy"),
    "requests": pytest.param(requests_loop, id="requests"),
    "curl": pytest.param(curl_loop, id="curl", marks=needs("curl")),
    "wget": pytest.param(wget_mirror, id="wget", marks=needs("wget")),
}


@pytest.mark.parametrize("scraper", HONEST.values())
def test_takes_what_it_wants_from_an_unprotected_shop(scraper: Scraper, shop: Shop, tmp_path: Path) -> None:
    scraper(shop.url, tmp_path)

    assert shop.product_pages() > 5


@pytest.mark.parametrize("scraper", HONEST.values())
def test_a_scraper_under_its_own_name_gets_at_most_five_products(
    scraper: Scraper, shop: Shop, gateway: Gateway, tmp_path: Path
) -> None:
    scraper(gateway.url, tmp_path)

    assert gateway.events_within(1)
    assert shop.product_pages() <= 5


def test_a_scraper_that_claims_to_be_chrome_gets_at_most_thirty_products(
    shop: Shop, gateway: Gateway, tmp_path: Path
) -> None:
    forged_chrome(gateway.url, tmp_path)

    assert len(gateway.events_within(len(WANTED))) == len(WANTED)
    assert shop.product_pages() <= 30
