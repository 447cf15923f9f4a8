"""Many pieces of evidence, one risk. This file never looks at a request."""

from collections.abc import Iterable
from math import exp

from detectors.value import value


@value
class Evidence:
    """One finding. `log_odds` above 0 points to a bot, below 0 to a person."""

    id: str
    log_odds: float
    reason: str


def risk_of(log_odds: float) -> float:
    """The logistic of the summed log-odds, 0 to 100, rounded to one decimal so that it replays exactly."""
    if log_odds < -30.0:
        return 0.0
    return round(100.0 / (1.0 + exp(-log_odds)), 1)


def total_log_odds(prior: float, evidence: Iterable[Evidence]) -> float:
    """The prior and every finding, added in an order that does not depend on the detectors' order."""
    return prior + sum(sorted(item.log_odds for item in evidence))
