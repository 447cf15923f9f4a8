"""Browsers under remote control, each behind the same calls as the libraries. Orders on stdin."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from analysis.lab.clients.disguise import CHROME_AGENT
from analysis.lab.clients.goals import Answer, Ask
from analysis.lab.clients.hands import Piped
from analysis.lab.clients.order import Order, read_orders
from analysis.lab.clients.scrape import scrape

CHROMIUM = "/usr/bin/chromium"
DRIVER = "/usr/bin/chromedriver"
PUPPETEER = Path(__file__).parent / "puppeteer.mjs"
# Chromium's own calls home would only fail where there is no way out; none of these flags changes a request.
FLAGS = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
)
SETTLE_S = 0.25
Fetch = Callable[[Ask], Answer]


def flags(order: Order) -> list[str]:
    """Chromium's flags for this session: `images` false is a scraper's thrift."""
    own = list(FLAGS) + (["--no-sandbox"] if os.geteuid() == 0 else [])
    if not order.habits.get("images"):
        own.append("--blink-settings=imagesEnabled=false")
    if order.disguised:
        own.append(f"--user-agent={CHROME_AGENT}")
    return own


def with_selenium(order: Order) -> Fetch:
    """Selenium and ChromeDriver."""
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*flags(order), *([] if order.habits.get("headed") else ["--headless=new"])]:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))

    def press(selector: str) -> bool:
        try:
            driver.find_element("css selector", selector).click()
        except WebDriverException:
            return False
        time.sleep(SETTLE_S)
        return True

    def fetch(ask: Ask) -> Answer:
        if not _pressed(order, ask, press):
            driver.get(order.origin + ask.path)
        time.sleep(SETTLE_S)
        return Answer(200, driver.page_source)

    return fetch


def with_playwright(order: Order) -> Fetch:
    """Playwright for Python."""
    from playwright.sync_api import Error, sync_playwright

    browser = (
        sync_playwright()
        .start()
        .chromium.launch(executable_path=CHROMIUM, headless=not order.habits.get("headed"), args=flags(order))
    )
    page: Any = browser.new_page()

    def press(selector: str) -> bool:
        try:
            page.locator(selector).first.click(timeout=1500)
        except Error:
            return False
        time.sleep(SETTLE_S)
        page.wait_for_load_state("load")
        return True

    def fetch(ask: Ask) -> Answer:
        if not _pressed(order, ask, press):
            page.goto(order.origin + ask.path)
        time.sleep(SETTLE_S)
        return Answer(200, page.content())

    return fetch


def with_puppeteer(order: Order) -> Fetch:
    """puppeteer-core in Node, told over a pipe."""
    modules = os.environ.get("LAB_NODE_MODULES", "")
    headed = bool(order.habits.get("headed"))
    node = Piped(["node", str(PUPPETEER), modules, CHROMIUM, str(headed).lower(), *flags(order)], os.environ)

    def press(selector: str) -> bool:
        return node.ask({"press": selector}).status == 200

    def fetch(ask: Ask) -> Answer:
        if _pressed(order, ask, press):
            return node.ask({"look": True})
        return node.ask({"url": order.origin + ask.path})

    return fetch


def _pressed(order: Order, ask: Ask, press: Callable[[str], bool]) -> bool:
    """Whether the page at hand had what leads there, and it was pressed."""
    if ask.form:
        return press("form.buy button")
    return bool(order.habits.get("clicks")) and press(f'a[href="{ask.path}"]:not([hidden])')


BROWSERS: Mapping[str, Callable[[Order], Fetch]] = {
    "selenium": with_selenium,
    "playwright": with_playwright,
    "puppeteer": with_puppeteer,
}


def main() -> None:
    """Carry out one order. Whoever started this process ends its group, and the browser with it."""
    for order in read_orders():
        scrape(order, BROWSERS[order.family](order))
    os._exit(0)


if __name__ == "__main__":
    main()
