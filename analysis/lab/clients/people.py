"""How long people read, type and stay: drawn from distributions that were published, never constants.

Reading is Weibull with a shape below 1: the longer somebody has read, the longer they go on ("screen and
glean"; Liu, White and Dumais, "Understanding Web Browsing Behaviors through Weibull Analysis of Dwell Time",
SIGIR 2010). Times between clicks on one page and for typing are log-normal. How many pages a visit has is
inverse Gaussian (Huberman, Pirolli, Pitkow and Lukose, "Strong Regularities in World Wide Web Surfing",
Science 280, 1998). The papers give the forms; the scales below are ours, for a shop whose pages are short.
"""

from math import sqrt
from random import Random

SHAPE = 0.8
# Scale in seconds by what is read; with this shape the mean is 1.13 times the scale.
SCALE_S = {"home": 12.0, "listing": 20.0, "product": 32.0, "cart": 15.0, "other": 12.0}
GLANCE_S = 0.7  # nobody sees and clicks faster
VISIT_MEAN, VISIT_SHAPE = 13.0, 18.0
FEWEST, MOST = 3, 40
LONGEST_S = 1500.0  # below half an hour, after which it would be another visit


class Person:
    """One shopper's chance, and a tempo of their own: some read twice as fast as others."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.tempo = self.chance.lognormvariate(0.0, 0.35)

    def reading_s(self, what: str) -> float:
        """How long a page of this kind is looked at."""
        drawn = self.chance.weibullvariate(SCALE_S[what] * self.tempo, SHAPE)
        return min(GLANCE_S + drawn, LONGEST_S)

    def between_clicks_s(self) -> float:
        """Between two clicks on the same page."""
        return min(GLANCE_S + self.chance.lognormvariate(0.7, 0.7), 60.0)

    def typing_s(self, letters: int) -> float:
        """To think of words and type them: a fifth of a second per letter, give or take."""
        return self.chance.lognormvariate(0.8, 0.5) + letters * self.chance.lognormvariate(-1.6, 0.3)

    def visit_pages(self) -> int:
        """How many pages this visit shall have (Michael, Schucany and Haas 1976 draw it so)."""
        squared = self.chance.gauss(0.0, 1.0) ** 2
        ratio = VISIT_MEAN / (2.0 * VISIT_SHAPE)
        root = sqrt(4.0 * VISIT_MEAN * VISIT_SHAPE * squared + (VISIT_MEAN * squared) ** 2)
        drawn = VISIT_MEAN + ratio * (VISIT_MEAN * squared - root)
        if self.chance.random() > VISIT_MEAN / (VISIT_MEAN + drawn):
            drawn = VISIT_MEAN**2 / drawn
        return min(max(round(drawn), FEWEST), MOST)

    def away_s(self) -> float:
        """Until they come back: mostly an hour to a day."""
        return min(max(self.chance.lognormvariate(9.2, 0.9), 1900.0), 100_000.0)

    def place(self, count: int) -> int:
        """Which of `count` things in a row is clicked: the first ones most."""
        return min(int(self.chance.expovariate(1.0) * max(count / 3.0, 1.0)), count - 1)
