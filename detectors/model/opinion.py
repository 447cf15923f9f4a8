"""Whose word it is: a margin is only worth something together with the bundle that it came from."""

from typing import Protocol

from detectors.value import value


class Named(Protocol):
    """A model as events name it."""

    version: str
    sha256: str


@value
class Opinion:
    """What a model said of a request: its margin in log-odds, within the limits of the configuration."""

    model: Named
    margin: float
