"""What an operator may order, checked before it is ordered."""

import math
from ipaddress import ip_network
from typing import Any, Protocol

from config.decision import Mode
from config.units import seconds
from detectors.visit import Ban
from proxy.admin.problem import Problem
from proxy.admin.questions import Question, Workers
from proxy.logs import logger
from proxy.state.keys import order_key
from proxy.state.order import FORGET, MODE
from proxy.state.orders import EVERY_SITE, Forget, Lift, ModeOrder, NoRoom, Order, OrderBook, mode_name

MAX_KEY = 200
MAX_REASON = 200
DEFAULT_TTL_S = 3600.0
LONGEST_ALLOW_ALL_S = 86400.0
MAX_TTL_S = 10 * 365 * 86400.0
WIDEST = {
    4: 8,
    6: 16,
}  # a wider ban would shut out a good part of the world, most likely by a slip of the hand

RESERVED = ("#", MODE, FORGET)  # other fields of the hash in which orders are kept

Body = dict[str, Any]


class OrderStore(Protocol):
    """The shared store, as far as orders go; `proxy.state.store.Store` is one."""

    orders: OrderBook

    async def publish_order(self, order: Order) -> bool:
        """Put an order in force everywhere; False where the store is away. Raises NoRoom."""
        ...


class Orders:
    """Gives orders through the store, and straight to this node's workers while the store is away."""

    def __init__(self, store: OrderStore, workers: Workers) -> None:
        self._store = store
        self._workers = workers

    async def give(self, order: Order) -> bool:
        """Put the order in force. True where every node heard it, False where only this one did.

        Raises Problem where there is no room for it.
        """
        _tell(order)
        try:
            if await self._store.publish_order(order):
                return True
        except NoRoom as full:
            raise Problem(507, str(full)) from None
        await self._workers.ask({"ask": Question.ORDER, "order": order_body(order)})
        return False

    def bans(self, now: float) -> list[Ban]:
        """Bans and passes in force, the next to end first."""
        return sorted(
            (ban for ban in self._store.orders.bans.values() if ban.until > now),
            key=lambda ban: (ban.until, ban.key),
        )

    def mode_of(self, site: str, configured: Mode, now: float) -> Mode:
        """The mode that a site is in, orders included."""
        return self._store.orders.mode_of(site, configured, now)

    def allowed_until(self, site: str, now: float) -> float | None:
        """Until when every request to a site passes by order; None where there is no such order."""
        order = self._store.orders.mode_order(site, now)
        return order.until if order is not None and order.mode is Mode.ALLOW_ALL else None

    def modes(self, now: float) -> list[ModeOrder]:
        """Modes in force that differ from the configuration."""
        return [order for order in self._store.orders.modes.values() if order.until > now]


def ban_from(body: Body, now: float) -> Ban:
    """The ban, or with `allow` the pass, that a request's body describes. Raises Problem."""
    key = key_from(body.get("key"))
    allow = body.get("allow", False)
    if not isinstance(allow, bool):
        raise Problem(422, "allow must be true or false")
    if not allow:
        _check_width(key)
    return Ban(key, now + ttl_from(body.get("ttl"), DEFAULT_TTL_S), _reason(body.get("reason", "")), allow)


def mode_from(body: Body, sites: frozenset[str], now: float) -> Order:
    """The mode order that a request's body describes; mode "configured" lifts one. Raises Problem."""
    site = body.get("site") or EVERY_SITE
    if not isinstance(site, str) or (site != EVERY_SITE and site not in sites):
        raise Problem(422, f"no site is called {site!r}; there are: {', '.join(sorted(sites))}")
    mode = body.get("mode")
    if mode == "configured":
        return Lift(f"mode:{site}")
    if mode not in set(Mode):
        raise Problem(422, "mode must be monitor, enforce, allow-all or configured")
    if mode == Mode.ALLOW_ALL:
        ttl = ttl_from(body.get("ttl"), DEFAULT_TTL_S)
        if ttl > LONGEST_ALLOW_ALL_S:
            raise Problem(422, "allow-all lasts at most 24h; order it again where that is not enough")
        return ModeOrder(site, Mode.ALLOW_ALL, now + ttl)
    return ModeOrder(site, Mode(mode), now + ttl_from(body.get("ttl"), math.inf))


def key_from(key: object) -> str:
    """An address, a network or a session. Raises Problem."""
    if not isinstance(key, str) or not key or len(key) > MAX_KEY or not key.isprintable() or " " in key:
        raise Problem(422, "key must be an address, a network such as 203.0.113.0/24, or a session id")
    if key.startswith(RESERVED):
        raise Problem(422, f"no session id begins with {', '.join(RESERVED)}")
    if "/" in key or key.count(".") == 3 or key.count(":") > 1:
        try:
            ip_network(key, strict=False)
        except ValueError:
            raise Problem(422, f"{key} is neither an address nor a network") from None
    return key


def ttl_from(ttl: object, default: float) -> float:
    """Seconds, from a number of seconds or text such as 1h. Raises Problem."""
    if ttl is None or ttl == "":
        return default
    try:
        value = float(ttl) if isinstance(ttl, int | float) and not isinstance(ttl, bool) else seconds(ttl)
    except ValueError:
        raise Problem(422, "ttl must be a number of seconds or a duration such as 30m, 1h or 7d") from None
    if not 0.0 < value <= MAX_TTL_S:
        raise Problem(422, "ttl must be above 0 and at most ten years")
    return value


def ban_body(ban: Ban) -> Body:
    """A ban as the interface shows it; `until` is null for one without end."""
    until = None if ban.until == math.inf else ban.until
    return {"key": ban.key, "until": until, "reason": ban.reason, "allow": ban.allow}


def mode_body(order: ModeOrder) -> Body:
    """A mode order as the interface shows it."""
    return {"site": order.site, "mode": order.mode, "until": None if order.until == math.inf else order.until}


def order_body(order: Order) -> Body:
    """An order on its way to a worker."""
    if isinstance(order, Lift):
        return {"lift": order.name}
    if isinstance(order, Forget):
        return {"forget": order.name, "sealed": order.sealed, "until": order.until, "held": order.held}
    return ban_body(order) if isinstance(order, Ban) else mode_body(order)


def obey(body: Body, book: OrderBook) -> None:
    """The worker's side: put an order in force here."""
    if "lift" in body:
        name = str(body["lift"])
        book.put(name if name.startswith("mode:") else order_key(name), None)
        return
    if "forget" in body:
        order = Forget(str(body["forget"]), str(body["sealed"]), float(body["until"]), bool(body["held"]))
        book.put(order.name, order)
        return
    until = math.inf if body["until"] is None else float(body["until"])
    if "key" in body:
        name = order_key(body["key"])
        book.put(name, Ban(name, until, str(body["reason"]), bool(body["allow"])))
    else:
        book.put(mode_name(body["site"]), ModeOrder(body["site"], Mode(body["mode"]), until))


def _tell(order: Order) -> None:
    """Modes are few and weigh much, so the log names each; bans stand in events."""
    if isinstance(order, ModeOrder):
        logger().warning("mode.ordered", **mode_body(order))
    elif isinstance(order, Lift) and order.name.startswith(MODE):
        logger().warning("mode.lifted", site=order.name.removeprefix(MODE))


def _check_width(key: str) -> None:
    if "/" in key:
        network = ip_network(key, strict=False)
        if network.prefixlen < WIDEST[network.version]:
            raise Problem(422, f"{key} is too wide to ban: at most /{WIDEST[network.version]}")


def _reason(reason: object) -> str:
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        raise Problem(422, f"reason must be text of at most {MAX_REASON} characters")
    return reason or "by an operator"
