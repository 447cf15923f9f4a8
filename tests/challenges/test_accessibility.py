"""Every page of ours as people meet it: by eye, by ear, by keyboard, large, dark, and from right to left."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.challenges.browser import needs_chromium
from tests.support.axe import RUN, axe_script
from tests.support.devtools import SETTLED, Browser
from tests.support.gallery import PAGES, Gallery

T = TypeVar("T")
pytestmark = [pytest.mark.browser, needs_chromium]

LIGHT, DARK = {"prefers-color-scheme": "light"}, {"prefers-color-scheme": "dark"}
FORCED = {"forced-colors": "active"}
VIEWS = {
    "light": ("en", LIGHT),
    "dark": ("en", DARK),
    "right to left": ("ar", LIGHT),
    "branded, right to left and dark": ("he/brand", DARK),
    "forced colors": ("en", FORCED),
}
SHOW_FORM = "document.documentElement.className = 'script by-form'"
WIDE = "document.documentElement.scrollWidth > innerWidth"
SMALL_TARGETS = """Array.from(document.querySelectorAll('button, .button, label, summary'))
    .filter(each => each.offsetParent && each.getBoundingClientRect().height < 44)
    .map(each => each.outerHTML)"""
NONE: list[str] = []
FOCUS = "(document.activeElement.value || document.activeElement.textContent).trim()"


def look(inspect: Callable[[str, Browser], Awaitable[T]]) -> T:
    """What `inspect` finds with a browser, given the address of the gallery."""

    async def meet() -> T:
        async with Gallery() as gallery, Browser() as browser:
            return await inspect(gallery.address, browser)

    return asyncio.run(meet())


@pytest.mark.parametrize(("language", "features"), VIEWS.values(), ids=VIEWS)
def test_breaks_no_rule_of_wcag(language, features):
    rules = axe_script()

    async def broken(address: str, browser: Browser) -> dict[str, list[str]]:
        found = {}
        for page in PAGES:
            await browser.show(f"{address}/{page}/{language}", features=features)
            await browser.run(rules + ";0")
            found[page] = await browser.run(RUN)
        await browser.show(f"{address}/challenge/{language}", features=features)
        await browser.run(f"{SHOW_FORM};document.querySelector('details').open = true;{rules};0")
        return {**found, "challenge by form": await browser.run(RUN)}

    assert look(broken) == {**dict.fromkeys(PAGES, NONE), "challenge by form": []}


async def _in_small(address: str, browser: Browser, script: str, before: str = "0") -> dict[str, object]:
    found = {}
    for page in PAGES:
        await browser.show(f"{address}/{page}/de/brand", width=320, height=500)
        await browser.run(before)
        found[page] = await browser.run(script)
    return found


def test_needs_no_sideways_scrolling_at_320_pixels():
    assert look(lambda address, browser: _in_small(address, browser, WIDE)) == dict.fromkeys(PAGES, False)


def test_needs_no_sideways_scrolling_with_text_twice_as_large():
    large = "document.documentElement.style.fontSize = '200%'"

    found = look(lambda address, browser: _in_small(address, browser, WIDE, large))

    assert found == dict.fromkeys(PAGES, False)


def test_targets_are_as_large_as_a_finger():
    found = look(lambda address, browser: _in_small(address, browser, SMALL_TARGETS))

    assert found == dict.fromkeys(PAGES, NONE)


async def _reached(address: str, browser: Browser) -> list[str]:
    await browser.show(f"{address}/challenge/en/brand")
    await browser.run(f"{SHOW_FORM};document.body.focus()")
    await browser.run(SETTLED)
    reached = []
    for _ in range(4):
        await browser.press("Tab")
        reached.append(await browser.run(FOCUS))
    return reached


def test_a_keyboard_reaches_everything_in_the_order_of_reading():
    assert look(_reached) == ["1", "Continue", "Why do I see this?", "Contact this site"]


@pytest.mark.parametrize("page", ["form", "wait"])
def test_what_is_to_be_pressed_is_there_when_the_wait_is_over(page):
    shown = "getComputedStyle(document.querySelector('.actions > *')).visibility"

    async def seen(address: str, browser: Browser) -> object:
        await browser.show(f"{address}/{page}/en")
        return await browser.run(shown)

    assert look(seen) == "visible"


def test_a_page_of_ours_breaks_no_rule_of_its_own_policy():
    async def refused(address: str, browser: Browser) -> dict[str, int]:
        found = {}
        for page in PAGES:
            await browser.show(f"{address}/{page}/en/brand", features=LIGHT)
            accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"
            found[page] = await browser.run(f"{accent} + document.styleSheets.length")
        return found

    assert look(refused) == dict.fromkeys(PAGES, "#0b6b532")


SOME_PAGES = ("challenge", "form", "block")
PICTURES = {
    "light": ("en", LIGHT, 1000),
    "dark": ("en", DARK, 1000),
    "right-to-left": ("ar", LIGHT, 1000),
    "phone": ("de", LIGHT, 360),
    "branded": ("en/brand", LIGHT, 1000),
    "branded-dark-phone": ("fr/brand", DARK, 360),
}


def test_pictures_of_every_page_can_be_looked_at(tmp_path):
    """Written to $STILE_PICTURES where it is set, to be looked at by people; else of some pages."""
    wanted = os.environ.get("STILE_PICTURES")
    folder, pages = Path(wanted or tmp_path), PAGES if wanted else SOME_PAGES
    folder.mkdir(parents=True, exist_ok=True)

    async def take(address: str, browser: Browser) -> set[bytes]:
        taken = set()
        for name, (language, features, width) in PICTURES.items():
            for page in pages:
                await browser.show(f"{address}/{page}/{language}", width=width, height=700, features=features)
                picture = await browser.picture()
                (folder / f"{page}-{name}.png").write_bytes(picture)
                taken.add(picture)
        return taken

    assert len(look(take)) == len(pages) * len(PICTURES)
