"""A browser's own functions say that they are its own."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request

LOOKED_AT = frozenset({
    "webdriver",
    "userAgent",
    "languages",
    "platform",
    "hardwareConcurrency",
    "plugins",
    "toString",
    "query",
    "getParameter",
    "getTimezoneOffset",
    "toDataURL",
    "getBoundingClientRect",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replaced:
    """Notices functions of the browser that a script put its own in the place of.

    Sees:   names of replaced functions and getters, and how many properties stand on navigator itself.
    Means:  a disguise: stealth plugins rewrite what detectors ask.
    Spares: functions that nobody asks a disguise for. Staged: extensions for privacy rewrite the same ones.
    Costs:  one set.
    """

    default: ClassVar[float] = 0.0  # staged: a replaced getter alone may be a person's extension
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        names = sorted(LOOKED_AT.intersection(testimony.replaced.split(",")))
        if names:
            return Evidence("probe_replaced", self.log_odds, f"not the browser's own: {', '.join(names)}")
        if testimony.own_properties:
            return Evidence("probe_replaced", self.log_odds, "properties were written onto navigator")
        return None
