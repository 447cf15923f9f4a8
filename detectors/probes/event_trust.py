"""What a script does is not what a hand does, and browsers say which."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class EventTrust:
    """Notices events that were made by a script.

    Sees:   whether an event that the page dispatched itself claims to be trusted, and how many pointer, key
            and touch events were not.
    Means:  a script plays a person, or makes its events look like a person's.
    Spares: pages without input. Staged: password managers, screen readers' helpers and user scripts make
            events too.
    Costs:  two comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: helpers of people make events
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        if testimony.made_up_trusted:
            return Evidence("probe_event_trust", self.log_odds, "an event of the page claims to be a hand's")
        if testimony.untrusted:
            return Evidence("probe_event_trust", self.log_odds, "pointer, key or touch events of a script")
        return None
