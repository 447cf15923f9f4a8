"""A browser is the same browser from wherever one looks at it."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony, View
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class Views:
    """Compares the page's view of the browser with those of an empty frame and of a worker.

    Sees:   user agent, languages, platform, number of processors and time zone in each of the three.
    Means:  the page's view was painted over, as disguises do that know of windows only.
    Spares: browsers that show no frame or worker. Staged: extensions that switch the user agent and
            developers' device toolbars paint over the page alone; some browsers for privacy vary the number
            of processors.
    Costs:  ten comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: people switch their user agents
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        for place, view in (("an empty frame", testimony.frame), ("a worker", testimony.worker)):
            if view is None:
                continue
            names = _differing(testimony.main, view)
            if names:
                return Evidence("probe_views", self.log_odds, f"{place} differs in its {', '.join(names)}")
        return None


def _differing(main: View, other: View) -> list[str]:
    pairs = {
        "user agent": (main.user_agent, other.user_agent),
        "languages": (main.languages, other.languages),
        "platform": (main.platform, other.platform),
        "number of processors": (main.processors, other.processors),
        "time zone": (main.time_zone, other.time_zone),
    }
    return [name for name, (mine, its) in pairs.items() if mine != its]
