"""What a ticket demands: work in bits, and seconds. The risk decides, never what the client says."""

from challenges.proof_of_work import MAX_BITS
from challenges.rung import Rung
from challenges.settings import ChallengeSettings

GRAVE_BITS = 2  # four times the work, where the sender is almost certainly a bot
GRAVE_WAIT = 2.0
WORKS = frozenset({Rung.POW, Rung.BROWSER})


def bits_of(rung: Rung, settings: ChallengeSettings, *, grave: bool) -> int:
    """Bits of work; 0 for rungs without."""
    return min(settings.pow_bits + (GRAVE_BITS if grave else 0), MAX_BITS) if rung in WORKS else 0


def wait_of(rung: Rung, settings: ChallengeSettings, *, grave: bool) -> float:
    """How long to wait, in seconds; for work, after how much time less of it will do."""
    if rung in WORKS:
        return settings.pow_budget_s
    if rung is Rung.FORM:
        return settings.form_wait_s * (GRAVE_WAIT if grave else 1.0)
    return settings.refresh_wait_s if rung is Rung.REFRESH else 0.0
