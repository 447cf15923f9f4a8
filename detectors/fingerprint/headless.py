"""Some automated browsers say so themselves."""

import re
from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.reading import Reading

MARKS = re.compile(
    r"HeadlessChrome|PhantomJS|SlimerJS|CasperJS|HtmlUnit|jsdom/|Puppeteer|Playwright|Selenium|Nightmare|Cypress/|"
    r"splash Version/|HeadlessEdg"
)


@dataclass(frozen=True, slots=True)
class Headless:
    """Notices the marks of browsers without a window.

    Sees:   the user agent and sec-ch-ua.
    Means:  a browser driven by a program that did not trouble to hide it.
    Spares: everybody else: no browser with a window carries these marks.
    Costs:  two searches, once per fingerprint.
    """

    default: ClassVar[float] = 6.0  # 95 of 100: it says so itself
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        found = MARKS.search(reading.user_agent) or MARKS.search(
            reading.value(b"sec-ch-ua").decode("latin-1")
        )
        return Evidence("headless", self.log_odds, f"declares {found[0]}") if found else None
