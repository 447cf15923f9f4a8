"""Every family of clients: what it can do, what it needs, how it is started. A family is never faked."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.lab.clients.goals import GOALS
from analysis.lab.house import ROOT

SHOPPERS = "shoppers"
CHROMIUM = "chromium"
VENV = ROOT / ".cache" / "lab"
NODE_MODULES = VENV / "node_modules"
ALL_GOALS = tuple(GOALS)
CLIENTS = "analysis.lab.clients."


@dataclass(frozen=True, slots=True)
class Family:
    """`module` is the client program, `needs` are commands, `imports` Python modules, `node` a Node module.

    `outside` says that waits are put in between all of its requests afterwards, for the tool itself tells
    nobody when it waits. `side_by_side` sessions share a process.
    """

    module: str
    goals: tuple[str, ...] = ALL_GOALS
    needs: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    node: str = ""
    outside: bool = False
    browser: bool = False
    side_by_side: int = 1


MIRRORED = ("crawl", "sweep", "prices", "search")
ERRANDS = ("browse", "search", "compare", "buy", "come back", "one product", "tabs")
FAMILIES: Mapping[str, Family] = {
    "requests": Family("scrape", imports=("requests",)),
    "httpx": Family("scrape", imports=("httpx",)),
    "aiohttp": Family("scrape_aiohttp", imports=("aiohttp",)),
    "urllib": Family("scrape"),
    "scrapy": Family("scrape_scrapy", imports=("scrapy",), outside=True),
    "wget": Family("scrape_mirror", MIRRORED, ("wget",), outside=True),
    "httrack": Family("scrape_mirror", MIRRORED, ("httrack",), outside=True),
    "curl": Family("scrape", needs=("curl",)),
    "node": Family("scrape", needs=("node",)),
    "selenium": Family(
        "scrape_browser", needs=(CHROMIUM, "chromedriver"), imports=("selenium",), browser=True
    ),
    "playwright": Family("scrape_browser", needs=(CHROMIUM,), imports=("playwright",), browser=True),
    "puppeteer": Family("scrape_browser", needs=(CHROMIUM, "node"), node="puppeteer-core", browser=True),
    SHOPPERS: Family("shop", ERRANDS, (CHROMIUM,), ("playwright",), browser=True, side_by_side=10),
}


def missing(family: Family, python: Path) -> str:
    """What keeps the family away from this machine; empty where nothing does."""
    for command in family.needs:
        if shutil.which(command) is None:
            return f"no {command}"
    for module in family.imports:
        found = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
        if found.returncode:
            return f"no Python package {module}"
    if family.node and not (NODE_MODULES / family.node).is_dir():
        return f"no Node package {family.node}"
    return ""


def interpreter() -> Path:
    """The Python that has the laboratory's packages, or else the one that runs this."""
    own = VENV / "bin" / "python"
    return own if own.exists() else Path(sys.executable)
