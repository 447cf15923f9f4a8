"""Bands name intervals of risk; a risk on a bound belongs to the lower band."""

from config.decision import Band
from detectors.value import value

TRUSTED, LOW, ELEVATED, HIGH, CERTAIN = Band


@value
class Bands:
    """Upper bounds of risk, ascending; above `high` is `certain`."""

    trusted: float = 5.0
    low: float = 40.0
    elevated: float = 70.0
    high: float = 90.0

    def of(self, risk: float) -> Band:
        """The band that `risk` falls into."""
        if risk <= self.low:
            return TRUSTED if risk <= self.trusted else LOW
        if risk <= self.elevated:
            return ELEVATED
        return HIGH if risk <= self.high else CERTAIN
