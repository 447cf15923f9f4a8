"""A session is what one address and user agent did without a pause of half an hour, in order."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from analysis.access_log import Entry
from detectors.behaviour.client import VISIT_GAP_S, Client
from detectors.behaviour.step import Step, referrer_of, step_of
from detectors.value import value


@value
class Act:
    """One request of a session and its answer. `extension` is what follows the last dot of the path."""

    arrived: float
    step: Step
    status: int
    size: int
    extension: str
    referrer: int


@value
class Session:
    """The acts of one visit, by time. `bot` says what it was, where something else than the log knows."""

    site: str
    address: str
    agent: str
    acts: tuple[Act, ...]
    bot: bool | None = None


def sessions_of(entries: Iterable[Entry], site: str) -> list[Session]:
    """Cut a log into sessions, ordered by address, agent and time.

    Logs know whole seconds and are out of order by a few; live traffic is not. So acts are sorted, and those
    of one second are spread over it evenly.
    """
    visitors: dict[tuple[str, str], list[Act]] = {}
    for entry in entries:
        request = entry.request
        extension = request.path.rpartition("/")[2].rpartition(".")[2].lower()
        act = Act(
            request.arrived, step_of(request), entry.status, entry.size, extension, referrer_of(request)
        )
        visitors.setdefault((request.address, request.text(b"user-agent")), []).append(act)
    found: list[Session] = []
    for (address, agent), acts in sorted(visitors.items(), key=lambda visitor: visitor[0]):
        acts.sort(key=lambda act: act.arrived)
        found.extend(Session(site, address, agent, part) for part in _cut(_spread(acts)))
    return found


def remember(session: Session) -> Iterator[Client]:
    """The session's client as it stands when each request is judged: counted, not yet answered.

    It is the same object each time, further on.
    """
    client = Client("session:log", session.acts[0].arrived)
    for act in session.acts:
        client.arrive(act.step, act.arrived, referrer=act.referrer)
        yield client
        client.respond(act.status, act.size, act.step)


def _spread(acts: list[Act]) -> list[Act]:
    spread = []
    for second, together in groupby(acts, key=lambda act: act.arrived):
        same = list(together)
        for place, act in enumerate(same):
            arrived = second + (place + 0.5) / len(same)
            spread.append(replace(act, arrived=arrived))
    return spread


def _cut(acts: list[Act]) -> Iterator[tuple[Act, ...]]:
    start = 0
    for place in range(1, len(acts)):
        if acts[place].arrived - acts[place - 1].arrived >= VISIT_GAP_S:
            yield tuple(acts[start:place])
            start = place
    yield tuple(acts[start:])
