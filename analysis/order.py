"""Lines are written as requests end; a judgement saw what had come and been answered until then."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import IntEnum
from heapq import heappop, heappush

from analysis.records import Record

WINDOW_S = 60.0  # whoever was answered more slowly (WebSockets, long downloads) comes when its line comes
MOST = 50_000  # moments that wait for earlier ones, some 100 MB


class Moment(IntEnum):
    """The two moments of a request; what happens at one instant happens in this order."""

    ARRIVAL = 0
    ANSWER = 1


Waiting = tuple[float, int, Moment, Record]


def in_order(records: Iterable[Record]) -> Iterator[tuple[int, Moment, Record]]:
    """The arrivals and answers of `records` as they happened, each with the number of its line.

    A line that comes too late for its place arrives at the moment that was reached, for time does not go back
    in a client. Where it is not known when the answer ended, it follows the arrival at once.
    """
    waiting: list[Waiting] = []
    latest = reached = 0.0
    for number, read in enumerate(records):
        record = read
        arrived = record.request.arrived
        if arrived < reached:
            arrived = reached
            record = replace(record, request=replace(record.request, arrived=reached))
        ended = max(arrived, record.ended)
        heappush(waiting, (arrived, number, Moment.ARRIVAL, record))
        heappush(waiting, (ended, number, Moment.ANSWER, record))
        latest = max(latest, ended)
        while waiting and (waiting[0][0] < latest - WINDOW_S or len(waiting) > MOST):
            reached, place, moment, known = heappop(waiting)
            yield place, moment, known
    while waiting:
        _, place, moment, known = heappop(waiting)
        yield place, moment, known
