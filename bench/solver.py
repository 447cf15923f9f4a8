"""What a clearance costs a bot in CPU seconds, without a browser and with one, and what 1,000 pages cost.

`python -m bench.solver` (about two minutes) writes its table into docs/challenges-cost.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import mean

from rich.console import Console

from analysis.lab.families import FAMILIES, interpreter
from analysis.lab.families import missing as lacking
from bench.report import machine_facts, missing
from bench.section import write_section
from challenges.proof_of_work import LEAST_PIECES, PIECES
from challenges.rendering import expected_numbers
from config.challenges import ChallengeSection
from config.decision import Band
from proxy.asking import EFFORT
from tests.support.asked import PRODUCT, asking
from tests.support.driven import program
from tests.support.person import Screen
from tests.support.processes import wait_until
from tests.support.solver import Sheet, Solver, work
from tests.support.testimonies import RECORDED

DOCUMENT = Path(__file__).parent.parent / "docs" / "challenges-cost.md"
BITS = ChallengeSection.model_fields["pow_bits"].default
SESSION_PAGES, ADDRESS_PAGES = (
    120,
    600,
)  # a minute, by the shipped policy
PAGES = 1000
SOME = 5  # requests that are counted before or after a page of the product
PROGRAMS = ("Xvfb", "openbox", "chromium", "openssl")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 120.0
NEVER_GRAVE = {"high": 99.99}  # so that the difficulty is the one that is set
ASKED_PAGES = 300
WAIT_S = 10.2  # `form_wait` is 5 s, and twice that for the band `certain`


@dataclass(frozen=True, slots=True)
class Price:
    """CPU seconds for one clearance, at the default difficulty and in the band `certain`."""

    who: str
    earns: str
    usual: float
    grave: float

    def row(self, pages: Mapping[str, int]) -> str:
        """One line of the table; `pages` is how many a clearance of each rung opens within a minute."""
        opened = pages[self.earns]
        leisure = 1 if opened >= SESSION_PAGES - SOME else ceil(PAGES / opened)
        minute = ceil(PAGES / opened)
        costs = (self.usual, self.grave, self.usual * leisure, self.usual * minute)
        return f"| {self.who} | `{self.earns}` | {opened} | {' | '.join(f'{each:.2g} s' for each in costs)} |"


def hashed_in_python(bits: int, pieces: int, rounds: int) -> float:
    """Mean CPU seconds of the search in plain Python."""
    took = []
    for number in range(rounds):
        began = time.process_time()
        work(f"{number:022d}", bits, pieces)
        took.append(time.process_time() - began)
    return mean(took)


def native_rate() -> float:
    """Hashes a second of one core in OpenSSL, of messages that fit one block."""
    told = subprocess.run(
        ["openssl", "speed", "-mr", "-evp", "sha256", "-bytes", "48", "-seconds", "2"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = next(line for line in told.splitlines() if line.startswith("+F:"))
    return float(found.rpartition(":")[2]) / 48


def passes(rung: str, say: Callable[[Sheet], dict[str, object]]) -> bool:
    """Whether a solver that says this with its work is served by the shop."""
    with solving(rung) as solver:
        sheet = Sheet(solver.open(PRODUCT).body)
        solver.answer(sheet, **say(sheet))
        return solver.open(PRODUCT).status == 200


@contextmanager
def solving(rung: str) -> Iterator[Solver]:
    """A solver before a gateway that knows nobody yet."""
    with (
        tempfile.TemporaryDirectory(prefix="stile-bench-") as name,
        asking(Path(name), rung) as (_, gateway),
        Solver(gateway.port) as solver,
    ):
        yield solver


def recorded(_: Sheet) -> dict[str, object]:
    """Somebody else's testimony as it was."""
    return {"testimony": RECORDED["chromium-headed"]["testimony"]}


def drawn(sheet: Sheet) -> dict[str, object]:
    """Somebody else's testimony with the drawing worked out, which takes Stile's own source."""
    rendered = [round(number) for number in expected_numbers(sheet.facts["id"])]
    return {"testimony": {**RECORDED["chromium-headed"]["testimony"], "r": rendered}}


def pages_of_one(rung: str) -> tuple[int, float]:
    """How many pages one clearance opens at full speed, and the CPU seconds that it took to earn.

    The form is the one that stands beside `browser`.
    """
    with solving("browser" if rung == "form" else rung) as solver:
        used = time.process_time()
        sheet = Sheet(solver.open(PRODUCT).body)
        if rung == "form":
            time.sleep(WAIT_S)
            solver.press(sheet)
        else:
            solver.answer(sheet, **drawn(sheet))
        earned = time.process_time() - used
        paths = (f"/product/{1000 + number}" for number in range(ASKED_PAGES))
        return sum(solver.open(path).status == 200 for path in paths), earned


def tree_cpu_s(root: int) -> float:
    """CPU seconds of a process, of all that descend from it and live, and of those they have seen end."""
    used: dict[int, int] = {}
    parents: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text("utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        number = int(file.parent.name)
        parents[number], used[number] = int(fields[1]), sum(map(int, fields[11:15]))

    def descends(number: int) -> bool:
        while number not in (root, 0):
            number = parents.get(number, 0)
        return number == root

    return sum(ticks for number, ticks in used.items() if descends(number)) / TICKS_PER_SECOND


def browser_cpu_s(screen: Screen, folder: Path, visits: int, bits: int) -> float:
    """What a disguised headless browser uses up for so many visits, each with fresh cookies."""
    folder.mkdir()
    with asking(folder, "browser", challenge={"pow_bits": bits}, bands=NEVER_GRAVE) as (shop, gateway):
        order = {"headed": False, "disguise": ["agent", "flag"], "visits": visits, "pages": 0}
        order |= {"url": gateway.url + PRODUCT, "origin": gateway.url}
        with program(screen, folder, "bench.driven", json.dumps(order)) as script:
            wait_until(lambda: '"over"' in script.said or not script.running, PATIENCE_S)
            used = tree_cpu_s(script.process.pid)
        if shop.product_pages() != visits:
            raise RuntimeError(f"only {shop.product_pages()} of {visits} visits were served: {script.said}")
        return used


def prices(rounds: int, pressing_s: float) -> Iterator[Price]:
    """Every way to a clearance, the dearest last."""
    usual, grave = (hashed_in_python(bits, PIECES, rounds) for bits in (BITS, BITS + EFFORT[Band.CERTAIN]))
    rate, less = native_rate(), LEAST_PIECES / PIECES
    budget = ChallengeSection.model_fields["pow_budget"].default
    native = f"the same in C, {rate / 1e6:.1f} million hashes a second"
    yield Price("a plain program that presses the form's button", "form", pressing_s, pressing_s)
    yield Price("the work in Python with hashlib", "pow", usual, grave)
    yield Price(f"the same after {budget}, when less will do", "pow", usual * less, grave * less)
    yield Price(native, "pow", 2**BITS / rate, 2 ** (BITS + EFFORT[Band.CERTAIN]) / rate)
    yield Price("the work in Python, and a forged testimony that fits the ticket", "browser", usual, grave)
    first_s, next_s = browsers_cpu_s(max(2, rounds // 3))
    yield Price("headless Chromium, disguised, fresh cookies in a running browser", "browser", *next_s)
    yield Price("the same, started anew", "browser", *first_s)


def browsers_cpu_s(visits: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """CPU seconds of the first visit, and of each further one, at both difficulties."""
    with tempfile.TemporaryDirectory(prefix="stile-bench-") as name, Screen(Path(name)) as screen:
        firsts, nexts = [], []
        for bits in (BITS, BITS + EFFORT[Band.CERTAIN]):
            once = browser_cpu_s(screen, Path(name) / f"{bits}-once", 1, bits)
            often = browser_cpu_s(screen, Path(name) / f"{bits}-often", 1 + visits, bits)
            firsts.append(once)
            nexts.append((often - once) / visits)
        return (firsts[0], firsts[1]), (nexts[0], nexts[1])


def outcomes() -> list[str]:
    """Who gets what, as a list."""
    ways: dict[str, tuple[str, Callable[[Sheet], dict[str, object]]]] = {
        "honest work at `pow`": ("pow", lambda _: {}),
        "honest work at `browser`, no testimony": ("browser", lambda _: {}),
        "honest work at `browser`, a testimony recorded from a browser": ("browser", recorded),
        "the same, its drawing worked out with Stile's own source": ("browser", drawn),
    }
    said = {True: "served", False: "refused"}
    return [f"- {who}: {said[passes(*way)]}" for who, way in ways.items()]


HEAD = f"""\
CPU seconds of one core. *Pages* is how many of {ASKED_PAGES} a clearance opened that was used at full
speed, before the policy asked for more or slowed it down. `form` is the one beside `browser` and counts for
half an hour, the others for twelve. At leisure: as few clearances as will do. In a minute: as many clients as
it takes, each with a clearance of its own.

| how | earns | pages | one, 16 bits | one, 18 bits | 1,000 pages at leisure | 1,000 pages in a minute |
|---|---|---|---|---|---|---|
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Status 1 where a program is missing, never for a figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.solver", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="searches; a third of it page loads")
    parser.add_argument("--output", type=Path, default=DOCUMENT, help="whose measured section is written")
    asked = parser.parse_args(arguments)
    console = Console(width=160)
    absent = lacking(FAMILIES["playwright"], interpreter())
    if absent:
        console.print(absent)
    if missing(console, *PROGRAMS) or absent:
        return 1
    taken = {rung: pages_of_one(rung) for rung in ("form", "pow", "browser")}
    pages = {rung: count for rung, (count, _) in taken.items()}
    rows = [price.row(pages) for price in prices(asked.rounds, taken["form"][1])]
    facts = "\n".join(f"- {fact}" for fact in machine_facts())
    parts = ["\n".join(outcomes()), HEAD + "\n".join(rows), facts, "Again: `python -m bench.solver`."]
    text = "\n\n".join(parts)
    console.print(text)
    write_section(asked.output, "solver", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
