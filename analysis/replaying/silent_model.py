"""A replay counts margins and asks for no reasons, which cost ten times as much; only examples do."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from config.policy import Models, Seat
from detectors.model.bundle import Model


class SilentModel:
    """A model that says how much and not why."""

    __slots__ = ("margin", "sha256", "version")

    def __init__(self, model: Model) -> None:
        self.version, self.sha256 = model.version, model.sha256
        self.margin = model.margin

    def __bool__(self) -> bool:
        """False, so that `judge` does not work out for nothing what reasons would be about."""
        return False

    def reasons(self, values: Sequence[float]) -> tuple[str, ...]:  # noqa: ARG002  a Model's form
        """None are given."""
        return ()


def seat_of(seat: Seat) -> Seat:
    """A seat with the silent form of the model that judges, without a challenger: that decides nothing."""
    model = seat.models.champion
    return Seat(Models() if model is None else Models(champion=_silent(model)))


@lru_cache(8)
def _silent(model: Model) -> Model:
    return cast("Model", SilentModel(model))  # `judge` asks for its margin and its names
