"""People pass: real browsers in windows and terminals, nobody at the remote control."""

import contextlib
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from challenges.question import question_of
from tests.support.gateway import Event, Gateway, demo_changes
from tests.support.person import FIREFOX_PROGRAMS, PROGRAMS, Browser, Person, Screen, chromium, firefox
from tests.support.programs import needs
from tests.support.shop import Shop
from tests.support.text_browser import TextBrowser

PRODUCT = "/product/2114"
RUNGS = ("cookie", "resource", "refresh", "pow", "browser")
WAITS = {"challenge": {"form_wait": "2s", "refresh_wait": "1s"}}
NO_COOKIES = {"profile": {"default_content_setting_values": {"cookies": 2}}}
NO_SCRIPT = "--blink-settings=scriptEnabled=false"
SAYS_COOKIES = "blocks cookies"

in_chromium = pytest.param(chromium, marks=needs(*PROGRAMS), id="chromium")
in_firefox = pytest.param(firefox, marks=needs(*FIREFOX_PROGRAMS), id="firefox")
both = pytest.mark.parametrize("browser", [in_chromium, in_firefox])
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@contextlib.contextmanager
def house(folder: Path, rung: str, when: str = "true", **more: Any) -> Iterator[tuple[Shop, Gateway]]:
    """The demo's shop; whoever `when` is true of is asked this."""
    rule = {"name": "asked", "when": when, "action": "challenge", "ask": rung}
    policy = {"policy": {"rules": [rule], "without": ["automation-tool"]}}
    with (
        Shop(folder) as shop,
        Gateway(folder, shop.url, {**demo_changes(), **policy, **WAITS, **more}) as gateway,
    ):
        yield shop, gateway


@contextlib.contextmanager
def somebody(folder: Path, *urls: str, browser: Browser) -> Iterator[Person]:
    with Screen(folder) as screen, Person(screen, folder, *urls, browser=browser) as person:
        yield person


def challenges(gateway: Gateway) -> list[Mapping[str, Any]]:
    """What became of challenges, in order."""
    return [
        event["stile"]["challenge"]
        for event in gateway.events()
        if event["stile"].get("challenge") is not None
    ]


def outcomes(gateway: Gateway) -> list[str]:
    return [challenge["outcome"] for challenge in challenges(gateway)]


def pages(gateway: Gateway, path: str = PRODUCT) -> list[Event]:
    return [event for event in gateway.events() if event["url"]["path"] == path]


@pytest.mark.parametrize(
    ("rung", "browser"),
    [
        *(pytest.param(rung, *in_chromium.values, marks=in_chromium.marks) for rung in RUNGS),
        *(pytest.param(rung, *in_firefox.values, marks=in_firefox.marks) for rung in ("browser",)),
    ],
)
def test_a_browser_passes_every_rung_without_a_click(tmp_path, browser, rung):
    with house(tmp_path, rung) as (shop, gateway):
        with somebody(tmp_path, gateway.url + PRODUCT + "?a=b#reviews", browser=browser()):
            arrived = shop.saw("GET", PRODUCT, status=200, seconds=40)
            script_runs = shop.saw("GET", "/assets/shop.js")
        asked = challenges(gateway)
        sessions = [event["session"]["id"] for event in pages(gateway)]

    assert (arrived, script_runs) == (True, True)
    assert len(set(sessions)) == 2  # who passed is told apart from others behind the same address
    assert [(each["kind"], each["outcome"]) for each in asked if each["outcome"] != "fetched"] == [
        (rung, "issued"),
        (rung, "solved"),
    ]


@pytest.mark.parametrize(
    "browser",
    [
        pytest.param(chromium(NO_SCRIPT), marks=needs(*PROGRAMS), id="chromium"),
        pytest.param(firefox(javascript__enabled=False), marks=needs(*FIREFOX_PROGRAMS), id="firefox"),
    ],
)
def test_without_javascript_the_keyboard_alone_leads_through_the_form(tmp_path, browser):
    with (
        house(tmp_path, "browser") as (shop, gateway),
        somebody(tmp_path, gateway.url + PRODUCT, browser=browser) as person,
    ):
        gateway.events_within(2, 30.0)  # the page and its stylesheet: there is something to read
        time.sleep(3.0)
        person.press("Tab", *choice_keys(gateway), "Tab", "Return")
        arrived = shop.saw("GET", PRODUCT, status=200, seconds=20)

    assert arrived


def choice_keys(gateway: Gateway) -> list[str]:
    """The keys that choose the right word, which the ticket's id tells as well as the page does."""
    question = question_of(urlsafe_b64decode(challenges(gateway)[-1]["id"] + "=="))
    steps = question.choices.index(question.word)
    return ["Down"] * steps if steps else ["space"]


@both
def test_six_tabs_opened_at_once_are_asked_at_most_once(tmp_path, browser):
    paths = [f"/product/{number}" for number in range(2110, 2116)]
    with house(tmp_path, "browser") as (shop, gateway):
        with somebody(tmp_path, *[gateway.url + path for path in paths], browser=browser()) as person:
            first = shop.saw("GET", "/product/*", status=200, seconds=40)
            for _ in paths:  # browsers load some tabs only when they are looked at
                person.press("ctrl+Next")
                time.sleep(0.4)
            all_there = [shop.saw("GET", path, status=200, seconds=20) for path in paths]
        solved = outcomes(gateway).count("solved")

    assert (first, all_there, solved) == (True, [True] * 6, 1)


def log_in(person: Person) -> None:
    """Fill the demo shop's login form, whose first field has the focus."""
    person.write("visitor@example.com")
    person.press("Tab")
    person.write("moorland")
    person.press("Return")


@both
def test_a_form_that_was_being_sent_is_sent_on(tmp_path, browser):
    with house(tmp_path, "browser", 'request.route == "login"') as (shop, gateway):
        with somebody(tmp_path, gateway.url + "/login", browser=browser()) as person:
            shop.saw("GET", "/login", status=200, seconds=40)
            time.sleep(1.5)
            log_in(person)
            sent = shop.saw("POST", "/login", status=303, seconds=20)
            logged_in = shop.saw("GET", "/account", status=200)
        asked = outcomes(gateway)

    assert (sent, logged_in) == (True, True)
    assert asked.count("issued") == asked.count("solved") == 1


@needs(*PROGRAMS)
def test_a_script_that_is_refused_leads_to_the_question_and_back(tmp_path):
    with house(tmp_path, "browser", 'request.path.startsWith("/api/price/")') as (shop, gateway):
        with somebody(tmp_path, gateway.url + PRODUCT, browser=chromium()):
            price = shop.saw("GET", "/api/price/*", status=200, seconds=40)
        opened = [event["http"]["response"]["status_code"] for event in pages(gateway)]
        refused = pages(gateway, "/api/price/2114")[0]

    assert price
    assert opened == [200, 200]
    assert (refused["event"]["action"], refused["http"]["response"]["status_code"]) == ("challenge", 403)


@needs(*PROGRAMS)
def test_the_way_back_leads_past_the_challenge(tmp_path):
    with house(tmp_path, "browser") as (shop, gateway):
        with somebody(tmp_path, gateway.url + PRODUCT, browser=chromium()) as person:
            shop.saw("GET", PRODUCT, status=200, seconds=40)
            time.sleep(1.5)
            person.visit(f"{gateway.url}/product/2115")
            shop.saw("GET", "/product/2115", status=200, seconds=20)
            time.sleep(1.0)
            person.press("alt+Left")
            time.sleep(2.0)
            person.visit(f"{gateway.url}/product/2116")
            onward = shop.saw("GET", "/product/2116", status=200, seconds=20)
        asked = outcomes(gateway)

    assert onward
    assert asked.count("issued") == 1


@pytest.mark.parametrize(
    ("rung", "browser"),
    [
        pytest.param("cookie", chromium(settings=NO_COOKIES), marks=needs(*PROGRAMS), id="chromium"),
        pytest.param(
            "browser",
            firefox(network__cookie__cookieBehavior=2),
            marks=needs(*FIREFOX_PROGRAMS),
            id="firefox",
        ),
    ],
)
def test_whose_cookies_are_blocked_is_not_sent_in_circles(tmp_path, browser, rung):
    with house(tmp_path, rung) as (_, gateway):
        with somebody(tmp_path, gateway.url + PRODUCT, browser=browser):
            gateway.events_within(2, 30.0)
            time.sleep(4.0)
        seen = pages(gateway)
        reasons = {each.get("reason") for each in challenges(gateway)}

    assert len(seen) == 1
    assert reasons <= {None, "no_cookies"}


def lynx(folder: Path) -> list[str]:
    """Lynx, which does not hold up its reader with its own messages."""
    settings = folder / "lynx.cfg"
    settings.write_text("INFOSECS:0\nMESSAGESECS:0\nALERTSECS:0\nCHARACTER_SET:utf-8\n", "ascii")
    return ["lynx", f"-cfg={settings}"]


@needs("lynx")
def test_a_text_browser_waits_and_follows_the_link(tmp_path):
    with (
        house(tmp_path, "refresh") as (shop, gateway),
        TextBrowser([*lynx(tmp_path), "-accept_all_cookies", gateway.url + PRODUCT], tmp_path) as browser,
    ):
        told = browser.shows("Open the page", 30.0)
        time.sleep(2.0)
        browser.press("\r")
        arrived = shop.saw("GET", PRODUCT, status=200, seconds=20)

    assert (told, arrived) == (True, True)


@needs("lynx")
def test_a_text_browser_answers_the_question(tmp_path):
    with (
        house(tmp_path, "form") as (shop, gateway),
        TextBrowser([*lynx(tmp_path), "-accept_all_cookies", gateway.url + PRODUCT], tmp_path) as browser,
    ):
        asked = browser.shows("Continue", 30.0)
        word = browser.told.split("“")[1].split("”")[0]
        words = browser.told.split("”.")[1].split("(BUTTON)")[0].replace("(*)", "( )").split("( )")
        choice = [each.strip() for each in words if each.strip()].index(word)
        time.sleep(2.5)
        browser.press("\t" * choice + "\r")
        browser.press("\t" * (3 - choice) + "\r")
        arrived = shop.saw("GET", PRODUCT, status=200, seconds=20)

    assert (asked, arrived) == (True, True)


@needs("lynx")
def test_a_text_browser_without_cookies_is_told_so(tmp_path):
    with house(tmp_path, "cookie") as (_, gateway):
        with TextBrowser([*lynx(tmp_path), "-cookies=off", gateway.url + PRODUCT], tmp_path) as browser:
            told = browser.shows(SAYS_COOKIES, 30.0)
        seen = pages(gateway)

    assert (told, len(seen)) == (True, 1)
