"""A browser asks for pages in the languages that it tells its scripts."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request

MAX_HEADER = 256


@dataclass(frozen=True, slots=True)
class ScriptLanguages:
    """Compares navigator.languages with Accept-Language.

    Sees:   the languages without their regions, by script and by header.
    Means:  one of the two was forged, or the testimony is another browser's.
    Spares: whoever lacks either; lists that were shortened on one side. Staged: extensions change one of the
            two.
    Costs:  two short lists.
    """

    default: ClassVar[float] = 0.0  # staged: never counted on people
    log_odds: float

    def inspect(self, testimony: Testimony, request: Request) -> Evidence | None:
        told = languages_in(testimony.main.languages)
        sent = languages_in(request.text(b"accept-language")[:MAX_HEADER])
        if not told or not sent or "*" in sent or told & sent:
            return None
        return Evidence("probe_script_languages", self.log_odds, "navigator.languages has none that was sent")


def languages_in(text: str) -> set[str]:
    """The languages of a list, in lower case, without regions and weights."""
    ranges = (part.partition(";")[0].strip() for part in text.split(","))
    return {each.partition("-")[0].lower() for each in ranges if each}
