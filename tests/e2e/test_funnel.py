"""What becomes of challenges can be followed on the admin listener, over all workers of a real gateway."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import html
from prometheus_client.parser import text_string_to_metric_families

from challenges.proof_of_work import PIECE_BITS, PIECES
from tests.support.challenges import the_piece
from tests.support.gateway import Gateway
from tests.support.person import PROGRAMS, Person, Screen, chromium
from tests.support.plain_shop import PlainShop
from tests.support.programs import needs
from tests.support.requests import CHROME

BROWSER = {name.decode(): content.decode() for name, content in CHROME if name.lower() != b"host"}
BITS = 8


def asking(rung: str) -> dict[str, Any]:
    """Whoever loads a product's page is asked this."""
    rule = {
        "name": "asked",
        "when": 'request.path.startsWith("/product")',
        "action": "challenge",
        "ask": rung,
    }
    return {"policy": {"import": [], "rules": [rule]}, "challenge": {"pow_bits": BITS}}


def a_browser(gateway: Gateway) -> requests.Session:
    """Chrome as far as its headers go."""
    browser = requests.Session()
    browser.headers.update(BROWSER)
    browser.get(gateway.url + "/", timeout=10)
    return browser


def asked(browser: requests.Session, gateway: Gateway) -> Mapping[str, str]:
    """What the page tells its script; then the script begins."""
    page = html.fromstring(browser.get(gateway.url + "/product/7", timeout=10).text)
    told = {
        name.removeprefix("data-"): text for name, text in page.get_element_by_id("challenge").attrib.items()
    }
    query = {"level": told["level"], "id": told["id"], "rung": told["rung"]}
    browser.get(gateway.url + "/.stile/clearance", params=query, timeout=10)
    return told


def answers(browser: requests.Session, gateway: Gateway, told: Mapping[str, str], answer: str) -> int:
    sent = {"ticket": told["ticket"], "answer": answer}
    return browser.post(gateway.url + "/.stile/answer", json=sent, timeout=10).status_code


def work_of(told: Mapping[str, str]) -> str:
    return ".".join(the_piece(told["id"], place, int(told["bits"]) - PIECE_BITS) for place in range(PIECES))


def samples_of(gateway: Gateway) -> dict[tuple[str, ...], float]:
    """The samples about challenges by name and labels, these in the order of their names."""
    text = requests.get(f"http://127.0.0.1:{gateway.admin_port}/metrics", timeout=10).text
    return {
        (sample.name.removeprefix("stile_"), *dict(sorted(sample.labels.items())).values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.value
    }


def test_a_small_funnel_is_told_step_by_step(tmp_path: Path) -> None:
    with PlainShop() as shop, Gateway(tmp_path, shop.url, asking("pow"), workers=2) as gateway:
        person, second, crawler = a_browser(gateway), a_browser(gateway), requests.Session()
        told = asked(person, gateway)
        statuses = [answers(person, gateway, told, work_of(told)) for _ in range(2)]
        opened = person.get(gateway.url + "/product/7", timeout=10).status_code
        refused = answers(second, gateway, asked(second, gateway), "1.2.3")
        crawler.headers.update({**BROWSER, "User-Agent": "Googlebot/2.1"})
        asked(crawler, gateway)
        crawler.get(gateway.url + "/.stile/clearance?id=AAAAAAAAAAAAAAAAAAAAAA&rung=golden", timeout=10)
        samples = samples_of(gateway)

    assert (statuses, opened, refused) == ([204, 403], 200, 403)
    assert {key: count for key, count in samples.items() if key[0] == "challenges_total"} == {
        ("challenges_total", "pow", "issued", "shop"): 3,
        ("challenges_total", "pow", "fetched", "shop"): 3,
        ("challenges_total", "unknown", "fetched", "shop"): 1,
        ("challenges_total", "pow", "solved", "shop"): 1,
        ("challenges_total", "pow", "replayed", "shop"): 1,
        ("challenges_total", "pow", "failed", "shop"): 1,
    }
    assert samples["challenge_failures_total", "pow", "wrong_answer"] == 1
    assert samples["challenge_solve_seconds_count", "desktop"] == 1
    assert samples["challenges_shown_total", "shop"] == 2
    assert {key[1]: count for key, count in samples.items() if key[0] == "page_loads_total"} == {
        "page": 3,
        "question": 2,
    }
    assert (samples["sessions_total", "shop"], samples["sessions_asked_total", "shop"]) == (2, 2)


@pytest.mark.browser
@pytest.mark.timeout(120)
@needs(*PROGRAMS)
def test_a_page_that_a_browser_shows_is_counted_as_seen(tmp_path: Path) -> None:
    with PlainShop() as shop, Gateway(tmp_path, shop.url, asking("browser")) as gateway:
        with (
            Screen(tmp_path) as screen,
            Person(screen, tmp_path, gateway.url + "/product/7", browser=chromium()),
        ):
            gateway.events_within(6, 30.0)
        samples = samples_of(gateway)

    assert samples["challenges_total", "browser", "fetched", "shop"] == 1
    assert samples["challenges_shown_total", "shop"] == 1
