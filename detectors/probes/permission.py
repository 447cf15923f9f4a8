"""Two questions about one permission have one answer."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request


@dataclass(frozen=True, slots=True)
class Permission:
    """Compares two ways to ask whether notifications are allowed.

    Sees:   Notification.permission and the state that the Permissions API names; nobody is ever prompted.
    Means:  an old headless browser, which denies by the one and would ask by the other.
    Spares: browsers without either. Staged: settings that block prompts for everybody, and extensions.
    Costs:  two comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: never counted on people
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        if testimony.notifications != "denied" or testimony.permission != "prompt":
            return None
        return Evidence("probe_permission", self.log_odds, "notifications are denied and could be asked for")
