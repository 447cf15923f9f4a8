"""Tools that drive a browser leave their names in it."""

import re
from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request

# Names that a tool writes into the window, the document or the root element.
TOOLS = {
    "ChromeDriver": re.compile(r"\$?cdc_\w|\$[cw]dc_\w|\$chrome_asyncScriptInfo|ChromeDriver|__\$webdriver"),
    "Playwright": re.compile(r"__(playwright|pw)(_|[A-Z])"),
    "Puppeteer": re.compile(r"__puppeteer_|puppeteer_"),
    "Selenium": re.compile(
        r"__selenium_|__webdriver_|__webdriver(Func|$)|__(fx)?driver_(un)?(wrapped|evaluate)|_WEBDRIVER_ELEM_CACHE|"
        r"_selenium$|call(ed)?Selenium|html:(webdriver|selenium|driver)$"
    ),
    "PhantomJS": re.compile(r"call(ed)?Phantom|__?phantom"),
    "Nightmare": re.compile(r"__nightmare"),
    "Cypress": re.compile(r"Cypress$"),
    "Stagehand": re.compile(r"__stagehand"),
    "an automation controller": re.compile(r"domAutomation"),
}


@dataclass(frozen=True, slots=True)
class Automation:
    """Notices what the tools of remote control leave behind in a page.

    Sees:   names of global variables that the page found and that begin like a tool's.
    Means:  Selenium, Playwright, Puppeteer, Cypress or an older one prepared this page.
    Spares: everybody else: no browser, page or extension of a visitor's uses these names. Recorders such as
            Selenium IDE are people at work and are not in the list.
    Costs:  nine patterns over at most 120 characters.
    """

    default: ClassVar[float] = 6.0  # as `headless`: it says so itself
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        names = testimony.leftovers.split(",")
        for tool, pattern in TOOLS.items():
            if any(pattern.match(name) for name in names):
                return Evidence("probe_automation", self.log_odds, f"global variables of {tool}")
        return None
