"""What a ticket demands: work in bits, and seconds. The risk decides, never what the client says."""

from challenges.proof_of_work import MAX_BITS
from challenges.rung import Rung
from challenges.settings import ChallengeSettings

MIN_BITS = 8
SUSPECT_WAIT = 2.0  # times as long, of whom more than the usual effort is asked
WORKS = frozenset({Rung.POW, Rung.BROWSER})


def bits_of(rung: Rung, settings: ChallengeSettings, effort: int) -> int:
    """Bits of work, `effort` more or less than set; 0 for rungs without."""
    return max(MIN_BITS, min(settings.pow_bits + effort, MAX_BITS)) if rung in WORKS else 0


def wait_of(rung: Rung, settings: ChallengeSettings, effort: int) -> float:
    """How long to wait, in seconds; for work, after how much time less of it will do."""
    if rung in WORKS:
        return settings.pow_budget_s
    if rung is Rung.FORM:
        return settings.form_wait_s * (SUSPECT_WAIT if effort > 0 else 1.0)
    return settings.refresh_wait_s if rung is Rung.REFRESH else 0.0
