"""Sessions become rows of numbers, one for each moment at which live traffic would be judged."""

from collections.abc import Iterable, Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from analysis.labels import Label, label_of
from analysis.sessions import Session, remember
from detectors.behaviour.client import Client
from detectors.behaviour.detectors import BEHAVIOUR
from detectors.behaviour.features import FEATURES, features
from detectors.behaviour.step import API, PAGE
from detectors.request import Request
from detectors.value import value
from detectors.visit import Visit

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]
DETECTORS = tuple(kind(kind.default) for name, kind in BEHAVIOUR.items() if name != "asset_blindness")
NO_REQUEST = Request(
    "GET", b"/", "/", "", "", "http", "1.1", (), {}, "", 0.0
)  # the detectors look at the client
MOMENTS = (3, 5, 10, 20)  # pages and calls; the gateway's model speaks from the third on


@value
class Dataset:
    """One row per moment of a labelled session.

    `bot` is 0 or 1; `visited` counts pages and calls until then; `weighed` is what the behaviour detectors
    say, in log-odds (without asset blindness, whose inputs wrote labels); `session` and `address` number who
    it was; `last` marks the session's last moment.
    """

    x: Floats
    bot: Whole
    site: NDArray[np.str_]
    address: Whole
    session: Whole
    visited: Whole
    weighed: Floats
    last: Truths

    def only(self, chosen: Truths) -> "Dataset":
        """The chosen rows."""
        return Dataset(
            self.x[chosen],
            self.bot[chosen],
            self.site[chosen],
            self.address[chosen],
            self.session[chosen],
            self.visited[chosen],
            self.weighed[chosen],
            self.last[chosen],
        )

    @property
    def sites(self) -> list[str]:
        """The names of all sites, sorted."""
        return sorted(set(self.site.tolist()))


def dataset_of(sessions: Iterable[Session]) -> Dataset:
    """The rows of every labelled session that comes as far as the first moment."""
    rows: list[list[float]] = []
    facts: list[tuple[int, str, int, int, int, float, bool]] = []
    addresses: dict[str, int] = {}
    numbers = count()
    for session in sessions:
        label = label_of(session)
        if label is Label.UNKNOWN:
            continue
        address = addresses.setdefault(session.address, len(addresses))
        number = next(numbers)
        moments = list(moments_of(session))
        for place, (visited, row, weighed) in enumerate(moments):
            rows.append(row)
            is_last = place == len(moments) - 1
            facts.append((label.value, session.site, address, number, visited, weighed, is_last))
    columns = list(zip(*facts, strict=True)) or [()] * 7
    bot, site, address_numbers, session_numbers, visited_counts, weighed_sums, last = columns
    return Dataset(
        np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES)),
        np.array(bot, dtype=np.int64),
        np.array(site, dtype=np.str_),
        np.array(address_numbers, dtype=np.int64),
        np.array(session_numbers, dtype=np.int64),
        np.array(visited_counts, dtype=np.int64),
        np.array(weighed_sums, dtype=np.float64),
        np.array(last, dtype=np.bool_),
    )


Moment = tuple[int, list[float], float]


def moments_of(session: Session) -> Iterator[Moment]:
    """Pages and calls, features and detectors' log-odds, after each of `MOMENTS` and after the last page."""
    latest: Moment | None = None
    for act, client in zip(session.acts, remember(session), strict=True):
        visited = client.pages + client.apis
        if visited < MOMENTS[0] or act.step.kind not in (PAGE, API):
            continue
        latest = (visited, features(client, act.arrived), _weigh(client, act.arrived))
        if visited in MOMENTS:
            yield latest
    if latest is not None and latest[0] not in MOMENTS:
        yield latest


def _weigh(client: Client, now: float) -> float:
    visit = Visit(NO_REQUEST, client, client)
    return sum(found.log_odds for each in DETECTORS if (found := each.inspect(visit, now)) is not None)
