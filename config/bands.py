"""Bands name intervals of risk; a risk on a bound belongs to the lower band."""

from config.decision import Band
from detectors.value import value


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
            return Band.TRUSTED if risk <= self.trusted else Band.LOW
        if risk <= self.elevated:
            return Band.ELEVATED
        return Band.HIGH if risk <= self.high else Band.CERTAIN
