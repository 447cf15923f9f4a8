"""A header set copied from a browser, as scrapers paste it from its developer tools."""

from random import Random

from analysis.lab.clients.order import Order

CHROME_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/148.0.0.0 Safari/537.36"
)
CHROME = {
    "User-Agent": CHROME_AGENT,
    "sec-ch-ua": '"Chromium";v="148", "Google Chrome";v="148", "Not/A)Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Windows"',
    "Upgrade-Insecure-Requests": "1",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en-US,en;q=0.9",
}
SEARCH_ENGINE = "https://www.google.com/"


def headers(order: Order) -> dict[str, str]:
    """What the tool sends beside its own: nothing, or a browser's set."""
    return dict(CHROME) if order.disguised else {}


def referrer(order: Order, before: str, chance: Random) -> dict[str, str]:
    """The referrer that the scraper claims: none, always a search engine, or the page before."""
    habit = order.habits.get("referrer", "none")
    if habit == "engine":
        return {"Referer": SEARCH_ENGINE}
    if habit == "before" and before and chance.random() < 0.95:
        return {"Referer": order.origin + before}
    return {}
