"""Clients of a replay are told to nobody, so what was counted since the last telling needs no windows."""

from detectors.behaviour.client import Client
from detectors.behaviour.counted import AHEAD, Counted
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.windows import roll


def _turn(counted: Counted, bucket: int) -> None:
    """As `Counted._turn`, without the windows of `fresh`: only their counts reach a crowd when it is told."""
    if bucket > counted.bucket:
        roll(counted.words, counted.bucket, bucket)
    elif bucket >= counted.bucket - AHEAD:
        return
    counted.bucket = bucket


class UnsharedClient(Client):
    """A client of a replay: half the price of a new bucket, and the same numbers."""

    __slots__ = ()

    def _turn(self, bucket: int) -> None:
        _turn(self, bucket)


class UnsharedCrowd(Crowd):
    """A crowd of a replay."""

    __slots__ = ()

    def _turn(self, bucket: int) -> None:
        _turn(self, bucket)
