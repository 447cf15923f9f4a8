"""How long people wait for the page they wanted: fresh profiles, nobody at the remote control, fast and slow.

`python -m bench.people` (about fifteen minutes) writes the table into docs/probes.md. The moments are those
of the gateway's events: from the challenge on its way to the arrival of the request that was served.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console

from bench.report import machine_facts, missing
from bench.section import write_section
from tests.support.asked import PRODUCT, Course, asking, course_of
from tests.support.gateway import Gateway
from tests.support.person import Browser, Screen, chromium, firefox
from tests.support.processes import Program, wait_until

DOCUMENT = Path(__file__).parent.parent / "docs" / "probes.md"
RUNGS = ("pow", "browser")
BROWSERS: Mapping[str, Callable[[], Browser]] = {"Chromium": chromium, "Firefox": firefox}
PROGRAMS = ("Xvfb", "openbox", "xdotool", "chromium", "firefox-esr", "taskset")
RUN_S, SLOWER = 0.010, 6  # a slow browser has one sixth of the time, in turns of 60 ms
PATIENCE_S = 60.0
LOOK_S = 0.5  # until the page has loaded what belongs to it
# One machine is one address: what so many new visitors behind it add up to is not what is measured here.
ALONE = {"bands": {"high": 99.99}}


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a browser may run, and how long its visitors may wait (median, in seconds)."""

    name: str
    one_core: bool
    slowed: bool
    budget_s: float


PACES = (
    Pace("full speed, two cores", one_core=False, slowed=False, budget_s=1.5),
    Pace("full speed, one core", one_core=True, slowed=False, budget_s=1.5),
    Pace("six times slower, two cores", one_core=False, slowed=True, budget_s=5.0),
)


@dataclass(frozen=True, slots=True)
class Waits:
    """All visits of one kind; those that never arrived are only counted."""

    pace: Pace
    rung: str
    browser: str
    courses: tuple[Course, ...]

    @property
    def arrived(self) -> list[Course]:
        return [course for course in self.courses if course.served is not None]

    def row(self) -> str:
        """One line of the table."""
        took = sorted(course.took_s for course in self.arrived)
        who = f"| {self.pace.name} | {self.rung} | {self.browser} | {len(took)} of {len(self.courses)} "
        if len(took) < 2:  # no share of one
            return f"{who}| | | | | {self.pace.budget_s:g} s |"
        script = median(self.share("issued", "fetched"))
        work = median(self.share("fetched", "answered"))
        times = (script, work, median(took), quantiles(took, n=10, method="inclusive")[-1])
        return f"{who}| {' | '.join(f'{each:.2f} s' for each in times)} | {self.pace.budget_s:g} s |"

    def share(self, first: str, then: str) -> list[float]:
        """How long it took from one moment to another."""
        return [getattr(course, then) - getattr(course, first) for course in self.arrived]


@contextmanager
def slowed(group: int) -> Iterator[None]:
    """Let the processes of a group run for a sixth of the time only, until the block ends."""
    over = threading.Event()

    def turns() -> None:
        while True:
            began = time.monotonic()
            over.wait(RUN_S)
            os.killpg(group, signal.SIGSTOP)
            ran = time.monotonic() - began  # longer than asked for, where this thread waits for a core
            over.wait(ran * (SLOWER - 1))
            os.killpg(group, signal.SIGCONT)
            if over.is_set():
                return

    thread = threading.Thread(target=turns)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def on_one_core(browser: Browser) -> Browser:
    """The same browser, with all its processes on one core."""
    core = str(max(os.sched_getaffinity(0)))

    def start(profile: Path, addresses: Sequence[str]) -> list[str]:
        return ["taskset", "-c", core, *browser.start(profile, addresses)]

    return Browser(browser.window, start)


def visit(screen: Screen, folder: Path, gateway: Gateway, browser: Browser, pace: Pace) -> Course:
    """One fresh profile opens the page. A slow one is slow from when its first request was seen."""
    before = len(gateway.events())

    def course() -> Course:
        return course_of(gateway.events()[before:])

    with a_window(screen, folder, on_one_core(browser) if pace.one_core else browser, gateway.url) as program:
        wait_until(lambda: course().issued is not None, PATIENCE_S, pause=0.005)
        with slowed(program.process.pid) if pace.slowed else nullcontext():
            wait_until(lambda: course().settled, PATIENCE_S)
        time.sleep(LOOK_S)
    return course()


@contextmanager
def a_window(screen: Screen, folder: Path, browser: Browser, url: str) -> Iterator[Program]:
    """The browser with a fresh profile, open on the shop, until the block ends."""
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as home:
        place = Path(home)
        own = {**screen.environment, "HOME": home, "MOZ_CRASHREPORTER_DISABLE": "1"}
        command = browser.start(place / "profile", [url + PRODUCT])
        with Program(command, place / "browser.out", own) as program:
            yield program


def measure(folder: Path, screen: Screen, most: int, say: Callable[[str], None]) -> Iterator[Waits]:
    """Everything, in order: a gateway of its own for every kind. One core is only looked at."""
    for pace, rung, (name, browser) in product(PACES, RUNGS, BROWSERS.items()):
        visits = max(2, most // 3) if pace.one_core else most
        home = folder / f"{pace.name}-{rung}-{name}".replace(" ", "-")
        with asking(home, rung, **ALONE) as (_, gateway):
            courses = tuple(visit(screen, home, gateway, browser(), pace) for _ in range(visits))
        found = Waits(pace, rung, name, courses)
        say(found.row())
        yield found


HEAD = """\
From the challenge on its way to the arrival of the request that was served, fresh profiles in a window,
nobody driving them. *Script* is the time until the page's script says that it runs, *work* the time from
there to the answer. Slower: the browser's processes are stopped for 50 of every 60 ms, from the first
request on.

| pace | rung | browser | arrived | script | work | median | 9 of 10 within | median asked for |
|---|---|---|---|---|---|---|---|---|
"""


def section(rows: Sequence[str], visits: int) -> str:
    """What goes into the document."""
    facts = "\n".join(f"- {fact}" for fact in machine_facts())
    again = f"Again: `python -m bench.people --visits {visits}`."
    return "\n".join([HEAD + "\n".join(rows), "", facts, "", again])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Status 1 where a program is missing, never for a figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.people", description=__doc__)
    parser.add_argument("--visits", type=int, default=15, help="fresh profiles of each kind")
    parser.add_argument(
        "--output", type=Path, default=DOCUMENT, help="whose section of waits is written anew"
    )
    asked = parser.parse_args(arguments)
    console = Console(width=160)
    if missing(console, *PROGRAMS):
        return 1
    with tempfile.TemporaryDirectory(prefix="stile-bench-") as name, Screen(Path(name)) as screen:
        rows = [waits.row() for waits in measure(Path(name), screen, asked.visits, console.print)]
    write_section(asked.output, "waits", section(rows, asked.visits))
    return 0


if __name__ == "__main__":
    sys.exit(main())
