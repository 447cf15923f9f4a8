"""Events and notes become sessions: matched request by request, waits put in, everything local left out."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any

from analysis.lab.families import FAMILIES, SHOPPERS
from analysis.lab.plan import Plan
from analysis.lab.sessions import Asked, LabAct, LabSession

Event = Mapping[str, Any]
Mark = tuple[float, float]  # when, and how many seconds


def by_address(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Events by the client's address, each by time of arrival."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=arrived):
        found[event["client"]["ip"]].append(event)
    return found


def session_of(
    plan: Plan, events: Sequence[Event], notes: Sequence[Asked], marks: Sequence[Mark]
) -> LabSession:
    """The session of one plan. Raises ValueError where an event has no note."""
    order = plan.order
    times = [arrived(event) for event in events]
    if FAMILIES[order.family].outside:
        chance = Random(order.seed)
        marks = [(time, order.pause_s(chance)) for time in times[1:]]
    stretched = with_waits(times, marks)
    waiting: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for note in reversed(notes):
        waiting[note.method, note.path].append(note)
    acts = []
    for time, event in zip(stretched, events, strict=True):
        left = waiting[event["http"]["request"]["method"], event["url"]["path"]]
        if not left:
            raise ValueError(f"no note of {event['url']['path']}")
        acts.append(_act(round((time - stretched[0]) * 1000.0), event, left.pop()))
    return LabSession(
        family=order.family,
        tool=plan.tool,
        goal=order.goal,
        disguised=order.disguised,
        bot=order.family != SHOPPERS,
        acts=tuple(acts),
    )


def with_waits(times: Sequence[float], marks: Sequence[Mark]) -> list[float]:
    """Each time, later by all waits that were written down before it."""
    marks = sorted(marks)
    moments = [moment for moment, _ in marks]
    waited = [0.0, *accumulate(seconds for _, seconds in marks)]
    return [time + waited[bisect_right(moments, time)] for time in times]


def arrived(event: Event) -> float:
    """When the request of an event arrived, in Unix seconds."""
    return datetime.fromisoformat(event["@timestamp"]).timestamp()


def _act(at_ms: int, event: Event, note: Asked) -> LabAct:
    answer = event["http"]["response"]
    return LabAct(
        **asdict(note),
        at_ms=at_ms,
        status=int(answer.get("status_code", 0)),
        size=int(answer.get("bytes", 0)),
        route=event["stile"].get("route", ""),
        disallowed=event["stile"].get("disallowed") is True,
    )
