"""Hands are uneven."""

from dataclasses import dataclass
from typing import ClassVar

from detectors.evidence import Evidence
from detectors.probes.testimony import Pace, Testimony
from detectors.request import Request

ENOUGH_MOVES, ENOUGH_KEYS = 12, 6
RULED = 998  # thousandths: the way from first to last place is a straight line
STEADY_SHARE = 0.03  # of the mean; fingers vary by a third, a held key's repetition by a tenth


@dataclass(frozen=True, slots=True)
class Dynamics:
    """Notices pointers and keys that are moved by a program.

    Sees:   counts and intervals of pointer moves and key presses, and how straight the pointer went; never
            which key or where.
    Means:  input made by a tool.
    Spares: whoever touches nothing, which is the usual thing, as nothing has to be pressed. Staged: switch
            access, eye trackers and remote desktops move in their own ways.
    Costs:  some comparisons.
    """

    default: ClassVar[float] = 0.0  # staged: people's aids move like machines
    log_odds: float

    def inspect(self, testimony: Testimony, _request: Request) -> Evidence | None:
        if is_steady(testimony.keys, ENOUGH_KEYS):
            return Evidence("probe_dynamics", self.log_odds, "keys are pressed to an even beat")
        straight = testimony.straightness is not None and testimony.straightness >= RULED
        if straight and is_steady(testimony.moves, ENOUGH_MOVES):
            return Evidence("probe_dynamics", self.log_odds, "the pointer follows a ruler to an even beat")
        return None


def is_steady(pace: Pace, enough: int) -> bool:
    """True where there were enough of them, and their intervals hardly vary."""
    if pace.count < enough or not pace.mean or pace.deviation is None:
        return False
    return pace.deviation < STEADY_SHARE * pace.mean
