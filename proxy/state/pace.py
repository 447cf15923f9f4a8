"""How soon a client is shared: the nearer it comes to a limit that a rule sets, the sooner."""

from collections.abc import Iterable, Mapping

from config.cel.limits import Limit
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from proxy.state.keys import identity_of

Shared = Client | Crowd  # whatever has totals in the store

MOST_UNSHARED = 64  # requests that a worker keeps to itself of a client far from any limit
PART = 8.0  # all workers together may hold back this part of what is left to the nearest limit
STRANGER = 8.0  # a client that nobody has seen yet may be seen by so many workers at once
Limits = Mapping[tuple[str, str], tuple[Limit, ...]]


def limits_of(sites: Iterable[tuple[str, Iterable[Limit]]]) -> Limits:
    """The limits that rules set, by site and identity."""
    table: dict[tuple[str, str], tuple[Limit, ...]] = {}
    for site, limits in sites:
        for limit in limits:
            place = (site, limit.identity)
            table[place] = (*table.get(place, ()), limit)
    return table


class Pace:
    """Plans when a client is shared again, from the limits in force."""

    __slots__ = ("limits",)

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits: Limits = limits or {}

    def meet(self, client: Shared, known: int, now: float) -> None:
        """Plan for a client of whom the others know so many requests, when it is first seen here."""
        ours = max(client.requests - known, 1)
        self._plan(client, STRANGER if known == 0 else (ours + known) / ours, now)

    def plan(self, client: Shared, ours: int, all_workers: int, now: float) -> None:
        """Plan after a sharing, where of `all_workers` requests since the last one `ours` came here."""
        self._plan(client, all_workers / ours if 0 < ours < all_workers else 1.0, now)

    def _plan(self, client: Shared, workers: float, now: float) -> None:
        """What is left to the nearest limit is shared out among the workers that the traffic is spread over.

        So a client that keeps to one worker is shared seldom, and one that spreads over many is seen by all.
        """
        step = float(MOST_UNSHARED)
        for limit in self.limits.get(identity_of(client.key), ()):
            if limit.counted == "pages":
                reached = client.page_rate(limit.window, now)
            else:
                reached = client.rate(limit.window, now, limit.route)
            step = min(step, abs(limit.most - reached) / PART / workers)
        client.share_at = client.requests + max(1, int(step))
