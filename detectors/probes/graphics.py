"""Servers have no graphics card."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Testimony
from detectors.request import Request

WITHOUT_CARD = {"software": "pictures are drawn by the processor", "none": "no WebGL"}


@dataclass(frozen=True, slots=True)
class Graphics:
    """Notices browsers that draw without a graphics card.

    Sees:   the class of WebGL's renderer: hardware, virtual, software or none. Its name never leaves the
            page.
    Means:  a server or a container.
    Spares: cards, also those of virtual machines. Staged: remote desktops, old computers with blocked
            drivers, and people who switched WebGL off for their privacy.
    Costs:  one look-up.
    """

    default: ClassVar[float] = 0.0  # staged: people sit at virtual machines too
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        reason = WITHOUT_CARD.get(testimony.graphics)
        return Evidence("probe_graphics", self.log_odds, reason) if reason else None
