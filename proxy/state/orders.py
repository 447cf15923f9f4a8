"""An operator's order reaches every worker at once; an order to let pass beats every ban."""

import asyncio
import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from math import inf
from typing import Any

import orjson

from config.decision import Mode
from detectors.value import value
from detectors.visit import Ban
from proxy.state.keys import SESSION, ip_key, order_key
from proxy.state.link import Link, Script, StoreFault
from proxy.state.script import ORDER

EDITION = b"#edition"
LISTEN_S = 1.0
CHECK_S = 5.0  # announcements are sent once; whoever missed one notices by the edition
MAX_ORDERS = 100_000
EVERY_SITE = "*"
FORGET = "forget:"  # what the names of orders to forget begin with


@value
class ModeOrder:
    """A mode for one site, or for every site where `site` is "*"."""

    site: str
    mode: Mode
    until: float


@value
class Lift:
    """The end of an order: `name` is a ban's key, or what `mode_name` says for a mode."""

    name: str


@value
class Forget:
    """Somebody is to be forgotten by all: `sealed` says who, to those who know the installation's secret.

    While it is `held` nobody loads or shares them; later it only reaches those who could not hear it before.
    """

    name: str
    sealed: str
    until: float
    held: bool


InForce = Ban | ModeOrder | Forget
Order = InForce | Lift
Heed = Callable[[Mapping[str, Forget]], None]


def mode_name(site: str = EVERY_SITE) -> str:
    """The name under which a site's mode is ordered and lifted."""
    return f"mode:{site}"


class OrderBook:
    """The orders in force, as one worker looks them up. Pure memory: no store, no clock of its own."""

    def __init__(self) -> None:
        self.bans: dict[str, Ban] = {}
        self.modes: dict[str, ModeOrder] = {}
        self.forgets: dict[str, Forget] = {}
        self._networks: dict[
            tuple[int, int], dict[int, Ban]
        ] = {}  # (IP version, host bits) -> upper bits -> order

    def put(self, name: str, order: InForce | None) -> None:
        """Take in an order, or forget the one of this name."""
        if isinstance(order, ModeOrder):
            self.modes[order.site] = order
        elif isinstance(order, Ban):
            if name in self.bans or len(self.bans) < MAX_ORDERS:
                self.bans[name] = order
        elif isinstance(order, Forget):
            if len(self.forgets) < MAX_ORDERS:
                self.forgets[name] = order
        else:
            self.bans.pop(name, None)
            self.forgets.pop(name, None)
            self.modes.pop(name.removeprefix("mode:"), None)
        if "/" in name:
            self._index()

    def replace(self, orders: dict[str, InForce]) -> None:
        """Forget everything and take in these."""
        self.bans = {name: order for name, order in orders.items() if isinstance(order, Ban)}
        self.modes = {order.site: order for order in orders.values() if isinstance(order, ModeOrder)}
        self.forgets = {name: order for name, order in orders.items() if isinstance(order, Forget)}
        self._index()

    def ban_for(self, address: str, session: str, now: float) -> Ban | None:
        """The order about this address or session that is in force: one to let pass before any ban.

        A session is ordered about by its client key or by its bare id.
        """
        if not self.bans:
            return None
        find = self.bans.get
        found = [find(ip_key(address)), find(session), find(session.rpartition(SESSION)[2])]
        if self._networks:
            found += self._of_networks(address)
        best: Ban | None = None
        for ban in found:
            if ban is not None and ban.until > now and (best is None or ban.allow):
                best = ban
        return best

    def mode_of(self, site: str, configured: Mode, now: float) -> Mode:
        """The site's mode: its own order, else the order for every site, else what is configured."""
        for name in (site, EVERY_SITE):
            order = self.modes.get(name)
            if order is not None and order.until > now:
                return order.mode
        return configured

    def _of_networks(self, address: str) -> list[Ban | None]:
        try:
            parsed = ip_address(address)
        except ValueError:
            return []
        number, version = int(parsed), parsed.version
        return [
            networks.get(number >> host_bits)
            for (of_version, host_bits), networks in self._networks.items()
            if of_version == version
        ]

    def _index(self) -> None:
        self._networks = {}
        for name, ban in self.bans.items():
            try:
                network = ip_network(name) if "/" in name else None
            except ValueError:
                continue
            if network is not None:
                host_bits = network.max_prefixlen - network.prefixlen
                upper = int(network.network_address) >> host_bits
                self._networks.setdefault((network.version, host_bits), {})[upper] = ban


class Orders:
    """The order book, kept equal to the store's by its announcements. Publishes and follows.

    `heed` is told whom to forget, whenever that may have changed.
    """

    def __init__(
        self,
        link: Link,
        prefix: str,
        clock: Callable[[], float] = time.time,
        heed: Heed = lambda _: None,
    ) -> None:
        self._heed = heed
        self._link = link
        self._hash = f"{prefix}orders"
        self._channel = f"{prefix}orders"
        self._script = Script(ORDER)
        self._clock = clock
        self._edition = -1
        self.book = OrderBook()
        self.following = asyncio.Event()  # set while announcements are heard

    async def publish(self, order: Order) -> None:
        """Order at once, here and in every worker. Raises StoreFault; it is then in force only here."""
        name, text = _written(order)
        self.book.put(name, None if isinstance(order, Lift) else order)
        self._heed(self.book.forgets)
        await self._link.run(self._script, [self._hash], [self._channel, name, text])

    async def reload(self) -> None:
        """Make the book equal to the store's, and clear the store of what has run out. Raises StoreFault."""
        reply = await self._link.call("HGETALL", self._hash)
        pairs = _pairs(reply)
        orders = {
            name.decode(): order for name, text in pairs.items() if (order := _read(name.decode(), text))
        }
        expired = [name for name, order in orders.items() if order.until <= self._clock()]
        for name in expired:
            del orders[name]
        self.book.replace(orders)
        self._heed(self.book.forgets)
        self._edition = int(pairs.get(EDITION, b"0"))
        if expired:
            await self._link.call("HDEL", self._hash, *expired)

    async def follow(self) -> None:
        """Hear announcements until the connection fails. Raises StoreFault."""
        channel = self._link.channel()
        try:
            await channel.subscribe(self._channel)
            await self.reload()
            self.following.set()
            checked = self._clock()
            while True:
                message = await channel.hear(LISTEN_S)
                if message is not None:
                    await self._hear(message)
                elif self._clock() - checked > CHECK_S:
                    checked = self._clock()
                    await channel.ping()
                    await self._check()
        finally:
            self.following.clear()
            channel.close()

    async def _hear(self, announcement: bytes) -> None:
        try:
            edition, name, text = orjson.loads(announcement)
        except ValueError:
            return
        if edition != self._edition + 1:
            await self.reload()
            return
        self._edition = edition
        self.book.put(name, _read(name, text.encode()))
        self._heed(self.book.forgets)

    async def _check(self) -> None:
        """Listen anew where an announcement was missed: the server may have left the others."""
        edition = await self._link.call("HGET", self._hash, EDITION)
        if int(edition if isinstance(edition, bytes) else 0) != self._edition:
            raise StoreFault("an announcement was missed")


def _written(order: Order) -> tuple[str, bytes]:
    if isinstance(order, Lift):
        return (order.name if order.name.startswith("mode:") else order_key(order.name)), b""
    until = None if order.until == inf else order.until
    if isinstance(order, Forget):
        return order.name, orjson.dumps({"sealed": order.sealed, "until": until, "held": order.held})
    if isinstance(order, ModeOrder):
        return mode_name(order.site), orjson.dumps({"mode": order.mode, "until": until})
    return order_key(order.key), orjson.dumps({"until": until, "reason": order.reason, "allow": order.allow})


def _read(name: str, text: bytes) -> InForce | None:
    """An order as the store keeps it; None for what is none, so that a foreign field harms nobody."""
    try:
        fields: Any = orjson.loads(text)
        until = inf if fields["until"] is None else float(fields["until"])
        if name.startswith("mode:"):
            return ModeOrder(name.removeprefix("mode:"), Mode(fields["mode"]), until)
        if name.startswith(FORGET):
            return Forget(name, str(fields["sealed"]), until, bool(fields["held"]))
        return Ban(name, until, str(fields["reason"]), bool(fields["allow"]))
    except (ValueError, KeyError, TypeError):
        return None


def _pairs(reply: object) -> dict[bytes, bytes]:
    """HGETALL's answer in either protocol version."""
    if isinstance(reply, dict):
        return reply
    if isinstance(reply, list):
        return dict(zip(reply[::2], reply[1::2], strict=True))
    return {}
