"""The orders in force, as one worker looks them up: an order to let pass beats every ban.

Pure memory: no store here. There is room for so many orders of each kind; those that are over leave it first.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from ipaddress import ip_address, ip_network
from math import inf

from config.decision import Mode
from detectors.visit import Ban
from proxy.state.keys import SESSION, ip_key
from proxy.state.order import EVERY_SITE, MODE, Forget, InForce, ModeOrder, mode_name
from proxy.state.slices import emptied


class Kind(Enum):
    """What is counted apart, so that no number of bans leaves an order to let pass without room."""

    BAN = "bans"
    ALLOW = "passes"
    MODE = "modes"
    FORGET = "orders to forget"


MOST = {Kind.BAN: 100_000, Kind.ALLOW: 100_000, Kind.MODE: 10_000, Kind.FORGET: 10_000}

_Networks = dict[tuple[int, int], dict[int, Ban]]  # (IP version, host bits) -> upper bits -> order


class NoRoom(Exception):
    """There are as many orders in force as there may be; the text says what to do."""


class OrderBook:
    """The orders in force. `clock` tells which of them are over, where room is needed."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.bans: dict[str, Ban] = {}
        self.modes: dict[str, ModeOrder] = {}
        self.forgets: dict[str, Forget] = {}
        self.networks: _Networks = {}
        self.counts = dict.fromkeys(Kind, 0)
        self.soonest = inf  # before it, nothing here is over
        self.over: list[str] = []  # names dropped for that, which the store may keep still
        self._meanwhile: dict[str, InForce | None] | None = None

    def put(self, name: str, order: InForce | None) -> bool:
        """Take in an order, or drop the one of this name; False where there is no room for it."""
        if order is not None and not self._has_room(name, order):
            return False
        if isinstance(order, ModeOrder):
            name = mode_name(order.site)
        if self._meanwhile is not None:
            self._meanwhile[name] = order
        self._drop(name)
        if order is not None:
            self._take(name, order)
        return True

    @contextmanager
    def renewed_by(self, fresh: "OrderBook") -> Iterator[None]:
        """Has what `fresh` holds at the end, and what was put here meanwhile; `fresh` then has the old.

        Until then lookups go on as before.
        """
        self._meanwhile = {}
        try:
            yield
            for name, order in self._meanwhile.items():
                fresh.put(name, order)
        finally:
            self._meanwhile = None
        self.bans, fresh.bans = fresh.bans, self.bans
        self.modes, fresh.modes = fresh.modes, self.modes
        self.forgets, fresh.forgets = fresh.forgets, self.forgets
        self.networks, fresh.networks = fresh.networks, self.networks
        self.counts, fresh.counts = fresh.counts, self.counts
        self.soonest = fresh.soonest
        self.over += fresh.over

    def sweep(self, orders: Iterable[tuple[str, InForce]]) -> float:
        """Drop those of these that are over; when the next of the others ends."""
        now, soonest = self._clock(), inf
        for name, order in orders:
            if order.until > now:
                soonest = min(soonest, order.until)
            elif self._held(name, order) is order:
                self._drop(name)
                self.over.append(name)
        return soonest

    def all_orders(self) -> list[tuple[str, InForce]]:
        """Every order with its name."""
        modes = [(f"{MODE}{site}", order) for site, order in self.modes.items()]
        return [*self.bans.items(), *modes, *self.forgets.items()]

    async def emptied(self) -> None:
        """Let go of all, in slices."""
        await emptied(self.bans, self.modes, self.forgets, *self.networks.values())

    def ban_for(self, address: str, session: str, now: float) -> Ban | None:
        """The order about this address or session that is in force: one to let pass before any ban.

        A session is ordered about by its client key or by its bare id.
        """
        if not self.bans:
            return None
        find = self.bans.get
        found = [find(ip_key(address)), find(session), find(session.rpartition(SESSION)[2])]
        if self.networks:
            found += self._of_networks(address)
        best: Ban | None = None
        for ban in found:
            if ban is not None and ban.until > now and (best is None or ban.allow):
                best = ban
        return best

    def mode_of(self, site: str, configured: Mode, now: float) -> Mode:
        """The site's mode: its own order, else the order for every site, else what is configured."""
        order = self.mode_order(site, now)
        return configured if order is None else order.mode

    def mode_order(self, site: str, now: float) -> ModeOrder | None:
        """The order about a site's mode. One to allow all on every site comes before a site's own."""
        own, common = self.modes.get(site), self.modes.get(EVERY_SITE)
        found = (own, common)
        if common is not None and common.mode is Mode.ALLOW_ALL:
            found = (common, own)
        return next((order for order in found if order is not None and order.until > now), None)

    def _has_room(self, name: str, order: InForce) -> bool:
        kind, held = kind_of(order), self._held(name, order)
        if (held is not None and kind_of(held) is kind) or self.counts[kind] < MOST[kind]:
            return True
        if self.soonest <= self._clock():
            self.soonest = self.sweep(self.all_orders())
        return self.counts[kind] < MOST[kind]

    def _held(self, name: str, order: InForce) -> InForce | None:
        """What is here under the name of this order."""
        if isinstance(order, ModeOrder):
            return self.modes.get(order.site)
        return self.forgets.get(name) if isinstance(order, Forget) else self.bans.get(name)

    def _take(self, name: str, order: InForce) -> None:
        self.counts[kind_of(order)] += 1
        self.soonest = min(self.soonest, order.until)
        if isinstance(order, ModeOrder):
            self.modes[order.site] = order
        elif isinstance(order, Forget):
            self.forgets[name] = order
        else:
            self.bans[name] = order
            if (place := _place_of(name)) is not None:
                self.networks.setdefault(place[0], {})[place[1]] = order

    def _drop(self, name: str) -> None:
        for held in (
            self.modes.pop(name.removeprefix(MODE), None) if name.startswith(MODE) else None,
            self.forgets.pop(name, None),
            self.bans.pop(name, None),
        ):
            if held is not None:
                self.counts[kind_of(held)] -= 1
        if (place := _place_of(name)) is not None and (networks := self.networks.get(place[0])):
            networks.pop(place[1], None)
            if not networks:
                del self.networks[place[0]]

    def _of_networks(self, address: str) -> list[Ban | None]:
        try:
            parsed = ip_address(address)
        except ValueError:
            return []
        number, version = int(parsed), parsed.version
        return [
            networks.get(number >> host_bits)
            for (of_version, host_bits), networks in self.networks.items()
            if of_version == version
        ]


def kind_of(order: InForce) -> Kind:
    """As what this order is counted."""
    if isinstance(order, Ban):
        return Kind.ALLOW if order.allow else Kind.BAN
    return Kind.MODE if isinstance(order, ModeOrder) else Kind.FORGET


def _place_of(name: str) -> tuple[tuple[int, int], int] | None:
    """Where a network is looked up; None for what is none."""
    if "/" not in name:
        return None
    try:
        network = ip_network(name)
    except ValueError:
        return None
    host_bits = network.max_prefixlen - network.prefixlen
    return (network.version, host_bits), int(network.network_address) >> host_bits
