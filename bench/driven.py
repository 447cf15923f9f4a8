"""A Chromium under remote control that hides it, or goes on after the refusal. It tells what became of it.

Run by the laboratory's interpreter with one JSON object. Whoever starts it ends its group.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

from analysis.lab.clients.scrape_browser import CHROMIUM, FLAGS

PATIENCE_S = 60.0
POLL_S = 0.05
FLAG = "--disable-blink-features=AutomationControlled"
GETTERS = """
Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false, configurable: true});
"""
STATE = """() => {
  const page = document.getElementById('challenge');
  const form = document.querySelector("form[action='/.stile/answer']");
  if (document.readyState === 'loading') { return ''; }
  return page ? page.dataset.state || '' : form ? 'form' : 'served';
}"""
CHOOSE = """() => {
  const word = document.querySelector('legend').textContent.split(/[“”]/)[1];
  for (const label of document.querySelectorAll('.choices label')) {
    if (label.textContent.trim() === word) { label.querySelector('input').click(); }
  }
}"""


def main() -> None:
    """Carry out one order, a line of JSON for each thing that happened."""
    order = json.loads(sys.argv[1])
    flags = [*FLAGS, "--no-sandbox", *([FLAG] if "flag" in order["disguise"] else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=not order["headed"], args=flags
        )
        major = browser.version.partition(".")[0]
        agent = (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{major}.0.0.0 Safari/537.36"
        )
        own = {"user_agent": agent} if "agent" in order["disguise"] else {}
        for _ in range(order["visits"]):
            context = browser.new_context(**own)
            if "getters" in order["disguise"]:
                context.add_init_script(GETTERS)
            for told in visit(context.new_page(), order):
                sys.stdout.write(json.dumps(told) + "\n")
                sys.stdout.flush()
            context.close()
        sys.stdout.write('"over"\n')
        sys.stdout.flush()
        time.sleep(PATIENCE_S)


def visit(page: Page, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Open the page; where that is refused and it was told so, go through the form and take more pages."""
    began = time.monotonic()
    page.goto(order["url"])
    end = state(page)
    yield {"end": end, "took": time.monotonic() - began}
    if end != "failed" or not order["pages"]:
        return
    page.click("#other")
    press(page)
    if state(page) != "served":  # it was too early: the same form comes again
        press(page)
    yield {"form": state(page), "took": time.monotonic() - began}
    began, statuses = time.monotonic(), []
    for number in range(order["pages"]):
        answer = page.goto(f"{order['origin']}/product/{1000 + number}", wait_until="domcontentloaded")
        statuses.append(answer.status if answer else 0)
    yield {"statuses": statuses, "took": time.monotonic() - began}


def press(page: Page) -> None:
    """Choose the word, and press the button as soon as it is there."""
    page.evaluate(CHOOSE)
    page.click("form[action='/.stile/answer'] button", timeout=PATIENCE_S * 1000)


def state(page: Page) -> str:
    """What the page has come to: `served`, `failed`, `form`, or nothing within the time."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            found = page.evaluate(STATE)
        except Error:  # it is just being left
            found = ""
        if found:
            return str(found)
        time.sleep(POLL_S)
    return ""


if __name__ == "__main__":
    main()
