"""How soon a client is shared: the nearer it comes to a limit that a rule sets, the sooner."""

from collections.abc import Iterable, Mapping

from config.cel.limits import Limit
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from proxy.state.keys import identity_of

Shared = Client | Crowd  # whatever has totals in the store

FAR = 2.0**30  # requests to a limit, where there is none
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

    __slots__ = ("limits", "routes")

    def __init__(self, limits: Limits | None = None) -> None:
        self.follow(limits or {})

    def follow(self, limits: Limits) -> None:
        """Plan by these limits from now on. `routes` are those that some limit is for, and for whom."""
        self.limits = limits
        limited = [limit for some in limits.values() for limit in some if limit.route]
        self.routes = {
            each.route: frozenset(limit.identity for limit in limited if limit.route == each.route)
            for each in limited
        }

    def meet(self, client: Shared, known: int, now: float) -> None:
        """Plan for a client of whom the others know so many requests, when it is first seen here."""
        ours = max(client.requests - known, 1)
        self._plan(client, STRANGER if known == 0 else (ours + known) / ours, now)

    def begin(self, client: Shared, now: float) -> None:
        """Plan for a client of whom only what was counted here is known: it woke, or nobody answered."""
        self._plan(client, STRANGER, now)

    def plan(self, client: Shared, ours: int, all_workers: int, now: float) -> None:
        """Plan after a sharing, where of `all_workers` requests since the last one `ours` came here."""
        self._plan(client, all_workers / ours if 0 < ours < all_workers else 1.0, now)

    def _plan(self, client: Shared, workers: float, now: float) -> None:
        """What is left to the nearest limit is shared out among the workers that the traffic is spread over.

        So a client that keeps to one worker is shared seldom, and one that spreads over many is seen by all.
        Pages have a plan of their own: how many other requests a client puts between them is its own choice.
        A limit on a route matters only to clients that were there: their first request to it is shared at
        once, as `Recall` sees to.
        """
        step = pages = FAR
        for limit in self.limits.get(identity_of(client.key), ()):
            if limit.claimed and not client.claims:
                continue
            if limit.counted == "pages":
                left = abs(limit.most - client.page_rate(limit.window, now))
                pages = min(pages, left / PART / workers)
                continue
            reached = client.rate(limit.window, now, limit.route)
            if reached or not limit.route:
                step = min(step, abs(limit.most - reached) / PART / workers)
        client.share_at = client.requests + max(1, int(step))
        client.share_at_page = client.pages + max(1, int(pages))
