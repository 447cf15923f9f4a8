"""Priority (RFC 9218) came late, and Chromium writes it on HTTP/2 and 3 only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.fingerprint.browser import Engine
from detectors.fingerprint.reading import Reading


def _not_before() -> Mapping[Engine, int]:
    """For each engine the newest major version that was recorded without the header, before others had it."""
    table = json.loads(files("detectors.fingerprint").joinpath("browser_tables.json").read_bytes())
    return MappingProxyType({Engine(engine): version for engine, version in table["no_priority"].items()})


NOT_BEFORE = _not_before()


@dataclass(frozen=True, slots=True)
class PriorityHeader:
    """Notices a Priority header where the claimed browser sends none.

    Sees:   whether Priority was sent, the claimed browser and version, the protocol, the spelling of names.
    Means:  headers copied from a newer browser, or from its HTTP/2 requests and sent on HTTP/1.1.
    Spares: Firefox, which sends it on HTTP/1.1 too; requests without it; clients behind a front. Staged: a
            silent front that takes HTTP/2 and spells names as HTTP/1.1 does would do this to everybody.
    Costs:  one look-up, once per fingerprint.
    """

    default: ClassVar[float] = 0.0
    log_odds: float

    def inspect(self, reading: Reading) -> Evidence | None:
        browser = reading.browser
        oldest = NOT_BEFORE.get(browser.engine)
        if oldest is None or not reading.has(b"priority"):
            return None
        if 0 < browser.version[0] < oldest:
            reason = f"{browser.name} {browser.version[0]} sends no Priority"
            return Evidence("priority_header", self.log_odds, reason)
        direct = reading.http_version == "1.1" and not reading.fronted and b"User-Agent" in reading.names
        if browser.engine is not Engine.CHROMIUM or not direct:
            return None
        return Evidence("priority_header", self.log_odds, f"{browser.name} sends no Priority on HTTP/1.1")
