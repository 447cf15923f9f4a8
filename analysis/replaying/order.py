"""Lines are written as requests end; a judgement saw what had come and been answered until then."""

from dataclasses import replace
from enum import IntEnum
from heapq import heappop, heappush

from analysis.records import Record

WINDOW_S = 60.0  # whoever was answered more slowly (WebSockets, long downloads) comes when its line comes
MOST = 50_000  # moments that wait for earlier ones, some 100 MB


class Moment(IntEnum):
    """The moments of a request; `BOTH` where it is not known when the answer ended, so it came at once.

    One that waited for the memory of its client is counted at its arrival and judged later.
    """

    ARRIVAL = 0
    JUDGEMENT = 1
    ANSWER = 2
    BOTH = 3


ARRIVAL, JUDGEMENT, ANSWER, BOTH = Moment
Happened = tuple[float, int, Moment, Record]


class Order:
    """Arrivals and answers as they happened, of records that come in the order of their lines.

    A line that comes too late for its place arrives at the moment that was reached, for time does not go back
    in a client.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: list[Happened] = []
        self._latest = self._reached = 0.0

    def push(self, number: int, record: Record) -> list[Happened]:
        """What has happened for sure by now, once the record of line `number` is known too."""
        arrived, ended, waiting = record.request.arrived, record.ended, self._waiting
        if arrived < self._reached:
            arrived = self._reached
            record = replace(record, request=replace(record.request, arrived=arrived))
        if ended <= arrived:
            ended = arrived
            heappush(waiting, (arrived, number, BOTH, record))
        else:
            heappush(waiting, (arrived, number, ARRIVAL, record))
            if record.waited_s:
                heappush(waiting, (min(arrived + record.waited_s, ended), number, JUDGEMENT, record))
            heappush(waiting, (ended, number, ANSWER, record))
        self._latest = max(self._latest, ended)
        return self._past()

    def rest(self) -> list[Happened]:
        """What is left when no line follows."""
        self._latest = float("inf")
        return self._past()

    def _past(self) -> list[Happened]:
        waiting, most, until = self._waiting, self._most, self._latest - WINDOW_S
        happened = []
        while waiting and (waiting[0][0] < until or len(waiting) > most):
            happened.append(heappop(waiting))
        if happened:
            self._reached = happened[-1][0]
        return happened
