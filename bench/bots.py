"""Who is refused at the `browser` rung: browsers under remote control, disguised ones, and people's browsers.

`python -m bench.bots` (about fifteen minutes) writes its tables into docs/probes.md. Every driven browser
meets a gateway of its own; all the people's browsers of one kind meet one gateway, from one address.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path

from rich.console import Console

from analysis.lab.families import FAMILIES, interpreter
from analysis.lab.families import missing as lacking
from analysis.wilson import wilson
from bench.people import DOCUMENT, PROGRAMS, a_window
from bench.report import machine_facts, missing
from bench.section import write_section
from tests.support.asked import PRODUCT, Course, asking, course_of
from tests.support.driven import MODES, TOOLS, driven, program
from tests.support.gateway import Gateway
from tests.support.person import Browser, Screen, chromium, firefox
from tests.support.processes import Program, wait_until
from tests.support.shop import Shop

PATIENCE_S = 60.0
SETTLE_S = 0.5  # a page that was let through after all would be there by now
# What a tool may be told to hide: Chrome's user agent, the browser's own switch, getters in every frame.
DISGUISES = (("agent",), ("flag",), ("agent", "flag"), ("agent", "getters"))
FORM_PAGES = 150
Opens = Callable[[Gateway], AbstractContextManager[Program]]


@dataclass(frozen=True, slots=True)
class Refusals:
    """Of so many visits, how many were refused as automated, and what became of the rest."""

    who: str
    courses: tuple[Course, ...]

    def row(self) -> str:
        """The share with Wilson's interval at 95 %."""
        refused = sum(course.reason == "automated" and course.served is None for course in self.courses)
        served = sum(course.served is not None for course in self.courses)
        low, high = wilson(refused, len(self.courses))
        rest = len(self.courses) - refused - served
        return (
            f"| {self.who} | {refused} of {len(self.courses)} | {low:.0%} to {high:.0%} | {served} | {rest} |"
        )


class Desk:
    """A screen, and folders for whoever sits or is driven before it."""

    def __init__(self, screen: Screen, folder: Path) -> None:
        self.screen, self._folder, self._numbers = screen, folder, count()

    def fresh(self) -> Path:
        """A folder that nobody has used."""
        place = self._folder / str(next(self._numbers))
        place.mkdir()
        return place

    def person(self, browser: Browser) -> Opens:
        """Somebody with a fresh profile."""
        return lambda gateway: a_window(self.screen, self.fresh(), browser, gateway.url)

    def tool(self, tool: str, mode: str) -> Opens:
        """A tool without any disguise."""
        return lambda gateway: driven(self.screen, self.fresh(), gateway.port, PRODUCT, tool, mode)

    def disguised(self, mode: str, disguise: Sequence[str], pages: int = 0) -> Opens:
        """Playwright that hides what it is; with `pages` it goes through the form where it is refused."""
        told = {"headed": mode == "headed", "disguise": disguise, "visits": 1, "pages": pages}

        def opens(gateway: Gateway) -> Program:
            order = {**told, "url": gateway.url + PRODUCT, "origin": gateway.url}
            return program(self.screen, self.fresh(), "bench.driven", json.dumps(order))

        return opens


def visit(shop: Shop, gateway: Gateway, opens: Opens) -> Course:
    """Open the page and wait for as long as it takes. Raises RuntimeError where events and shop disagree."""
    before, given = len(gateway.events()), shop.product_pages()
    with opens(gateway):
        wait_until(lambda: course_of(gateway.events()[before:]).settled, PATIENCE_S)
        time.sleep(SETTLE_S)
    course = course_of(gateway.events()[before:])
    if (course.served is not None) != (shop.product_pages() > given):
        raise RuntimeError(f"the shop and the gateway's events disagree: {course}")
    return course


def each_alone(desk: Desk, who: str, opens: Opens, visits: int) -> Refusals:
    """A gateway for every visit: two failures would be offered nothing but the form."""
    courses = []
    for _ in range(visits):
        with asking(desk.fresh(), "browser") as (shop, gateway):
            courses.append(visit(shop, gateway, opens))
    return Refusals(who, tuple(courses))


def all_together(desk: Desk, who: str, opens: Opens, visits: int) -> Refusals:
    """One gateway for all visits, which come from one address."""
    with asking(desk.fresh(), "browser") as (shop, gateway):
        return Refusals(who, tuple(visit(shop, gateway, opens) for _ in range(visits)))


def people(desk: Desk, visits: int) -> Iterator[Refusals]:
    """Chromium and Firefox as visitors start them."""
    yield all_together(desk, "Chromium in a window, nobody driving it", desk.person(chromium()), visits)
    some = max(1, visits * 2 // 5)
    yield all_together(desk, "Firefox in a window, nobody driving it", desk.person(firefox()), some)


def tools(desk: Desk, visits: int) -> Iterator[Refusals]:
    """Every tool that this machine has, in both modes."""
    courses: list[Course] = []
    for tool, mode in product(TOOLS, MODES):
        if not lacking(FAMILIES[tool], interpreter()):
            found = each_alone(desk, f"{tool}, {mode}", desk.tool(tool, mode), visits)
            courses += found.courses
            yield found
    yield Refusals("all of these", tuple(courses))


def disguises(desk: Desk, visits: int) -> Iterator[Refusals]:
    """Playwright that hides a little more each time."""
    for mode, disguise in product(MODES, DISGUISES):
        who = f"playwright, {mode}: {' and '.join(disguise)}"
        yield each_alone(desk, who, desk.disguised(mode, disguise), visits)


def through_the_form(desk: Desk, mode: str) -> str:
    """What a refused script gets that presses the button of the form: one line of a table."""
    with (
        asking(desk.fresh(), "browser") as (_, gateway),
        desk.disguised(mode, (), FORM_PAGES)(gateway) as script,
    ):
        wait_until(lambda: '"over"' in script.said or not script.running, 2 * PATIENCE_S)
        told = [json.loads(line) for line in script.said.splitlines() if line.startswith("{")]
    through = next((each["took"] for each in told if each.get("form") == "served"), None)
    if through is None:
        return f"| playwright, {mode} | never | | | | |"
    statuses, took = told[-1]["statuses"], told[-1]["took"]
    counts = " | ".join(str(statuses.count(status)) for status in (200, 429, 403))
    return f"| playwright, {mode} | {through:.0f} s | {counts} | {took:.0f} s |"


TOGETHER = """\
Through a whole gateway with the demo's shop, whose policy asks `browser` of everybody. Refused: an event says
`failed`, `automated`, and the shop never served the page. All of a row's people come from one address.

"""
ALONE = """\
Under remote control, without any disguise; each meets a gateway that knows nobody yet:

"""
HIDDEN = """\
Disguised. *Agent*: the user agent of Chrome in a window. *Flag*: the browser's own switch,
`--disable-blink-features=AutomationControlled`. *Getters*: `navigator.webdriver` replaced in every frame.
Nothing is claimed here:

"""
HEAD = "| who | refused as automated | 95 % interval | served | neither |\n|---|---|---|---|---|\n"
FORM_HEAD = """\
A refused page offers to go on with one question. A script can press that button too: it waits, reads the
word and chooses it. What it holds then is a clearance of half an hour (`form_ttl`). It asked for 150 pages
more, as fast as the browser went:

| who | until the shop | pages | throttled | asked again | within |
|---|---|---|---|---|---|
"""


def section(tables: Sequence[Sequence[str]]) -> str:
    """What goes into the document: people, tools, disguises, and what the form gives."""
    parts = (TOGETHER + HEAD, ALONE + HEAD, HIDDEN + HEAD, FORM_HEAD)
    shown = [head + "\n".join(rows) for head, rows in zip(parts, tables, strict=True)]
    facts = "\n".join(f"- {fact}" for fact in machine_facts())
    return "\n\n".join([*shown, facts, "Again: `python -m bench.bots`."])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Status 1 where a program is missing, never for a figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.bots", description=__doc__)
    parser.add_argument("--visits", type=int, default=10, help="of each tool in each mode")
    parser.add_argument("--people", type=int, default=50, help="fresh profiles; of Firefox two fifths")
    parser.add_argument("--output", type=Path, default=DOCUMENT, help="whose section of refusals is written")
    asked = parser.parse_args(arguments)
    console = Console(width=160)
    if missing(console, *PROGRAMS):
        return 1

    def shown(found: Iterator[Refusals]) -> list[str]:
        rows = []
        for each in found:
            rows.append(each.row())
            console.print(rows[-1])
        return rows

    with tempfile.TemporaryDirectory(prefix="stile-bench-") as name, Screen(Path(name)) as screen:
        desk = Desk(screen, Path(name))
        tables = [
            shown(people(desk, asked.people)),
            shown(tools(desk, asked.visits)),
            shown(disguises(desk, max(1, asked.visits // 2))),
            [through_the_form(desk, mode) for mode in MODES],
        ]
    write_section(asked.output, "refusals", section(tables))
    return 0


if __name__ == "__main__":
    sys.exit(main())
