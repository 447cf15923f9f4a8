"""What a worker shares with all others. Nothing here raises into a request or keeps one waiting."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from config.decision import Mode
from config.where import Where
from detectors.behaviour.memory import LAYOUT
from detectors.value import value
from detectors.visit import Ban
from proxy.state.burn import Burned
from proxy.state.forgetting import Forgetting
from proxy.state.hold import Hold
from proxy.state.keys import Names
from proxy.state.link import Channel, Link, StoreFault, cancelled
from proxy.state.orders import Order, Orders
from proxy.state.pace import Limits, Pace, Shared
from proxy.state.push import Push
from proxy.state.sight import FirstSight, Ready

NOBODY_IS: frozenset[str] = frozenset()
SILENCE_S = 1.0
CLIENT_TTL_S = 48 * 3600.0  # the longest window is a day, counted in the running day and the one before
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
START_WAIT_S = 0.5
CLOSE_WAIT_S = 1.0


@value
class StoreFigures:
    """Counters since the start, for the metrics."""

    syncs: int
    failures: int
    clients_pushed: int
    dirty: int
    seeded: int
    dropped: int
    loads: int
    load_timeouts: int
    unasked: int
    orders: int


class Store:
    """One worker's shared state: counts, first sights, spent challenges, orders.

    `where` None means that there is no store and local memory is all; as text it is an address.
    Made and used inside the worker's event loop. `report` hears (whole, reason) at every change.
    """

    def __init__(
        self,
        where: Where | str | None,
        *,
        prefix: str = "stile:",
        secret: bytes = b"",
        timeout_s: float = 0.005,
        retention_s: float = CLIENT_TTL_S,
        rotation_s: float | None = None,
        report: Callable[[bool, str], None] = lambda whole, reason: None,  # noqa: ARG005
        clock: Callable[[], float] = time.time,
    ) -> None:
        prefix = f"{prefix}{LAYOUT}:"
        self._clock = clock
        self._report = report
        self._link = Link(where)
        names, self._pace, hold = Names(prefix, secret, rotation_s), Pace(), Hold()
        self._push = Push(self._link, names, self._pace, retention_s, clock, hold)
        self._sight = FirstSight(self._link, names, self._pace, timeout_s, clock, hold)
        self._burned = Burned(self._link, names, clock)
        self.forgetting = Forgetting(self._link, names, self._push, hold, prefix, secret)
        self._orders = Orders(self._link, prefix, clock, self.forgetting.heed)
        self._tasks: list[asyncio.Task[None]] = []
        self._syncs = 0
        self._failures = 0
        self._heard = 0.0
        self._reported: tuple[bool, bool] | None = None
        self.orders = self._orders.book
        self.touch = self._push.touch  # four times per request, so not a call deeper than needed

    @property
    def degraded(self) -> bool:
        """True while this worker hears nothing of what others count, for all clients or for some of them."""
        return bool(self._link.fault)

    @property
    def fault(self) -> str:
        """Why the store, or a shard of it, is away, in one line; empty while all is there."""
        return self._link.fault

    async def start(self) -> None:
        """Begin to share. Returns within half a second, also where the store is absent."""
        if self._link.nowhere:
            self._notice()
            return
        self._tasks = [
            asyncio.create_task(self._forever(self._sync), name="state: counts"),
            asyncio.create_task(self._forever(self._orders.follow), name="state: orders"),
            asyncio.create_task(self._forever(self._burned.keep), name="state: spent challenges"),
        ]
        try:
            async with asyncio.timeout(START_WAIT_S):
                await self._orders.following.wait()
        except TimeoutError:
            self._notice()

    async def close(self) -> None:
        """Push what is left, within a second, and close the connections."""
        await cancelled(self._tasks)
        await self._sight.close()
        try:
            async with asyncio.timeout(CLOSE_WAIT_S):
                while self._link.up and await self._push.round(everything=True):
                    pass  # members tell their crowds more, which the next round shares
        except (StoreFault, TimeoutError):
            self._failures += 1
        await self.forgetting.close()
        await self._link.close()

    def pace_by(self, limits: Limits) -> None:
        """From now on, share the sooner the nearer a client comes to one of these limits."""
        self._pace.follow(limits)

    def limited_on(self, route: str) -> frozenset[str]:
        """For which identities a rule sets a limit on this route."""
        return self._pace.routes.get(route, NOBODY_IS)

    def hurry(self, client: Shared) -> None:
        """Like `touch`, for a client of whom the other workers should know within some 20 ms."""
        self._push.hurry(client)

    def first_sight(self, client: Shared, ready: Ready) -> None:
        """Load what others know of `client`, then call `ready`, once.

        At the latest after `timeout_s`; at once, before this returns, where the store is known to be away.
        A late answer is absorbed all the same.
        """
        self._sight.see(client, ready)

    async def burn(self, challenge_id: str, ttl_s: float) -> bool:
        """True for the first one anywhere who spends this id, False for everybody after. Never raises."""
        return await self._burned.burn(challenge_id, ttl_s)

    def ban_for(self, address: str, session: str) -> Ban | None:
        """The order in force about this address or session; an order to let pass comes before any ban."""
        book = self.orders
        return book.ban_for(address, session, self._clock()) if book.bans else None

    def mode_of(self, site: str, configured: Mode) -> Mode:
        """The mode ordered for this site, else the one for every site, else the configured one."""
        book = self.orders
        return book.mode_of(site, configured, self._clock()) if book.modes else configured

    def allowed_until(self, site: str) -> float:
        """Until when (Unix seconds) every request to this site passes by order; 0.0 where there is none."""
        book = self.orders
        order = book.mode_order(site, self._clock()) if book.modes else None
        return order.until if order is not None and order.mode is Mode.ALLOW_ALL else 0.0

    async def publish_order(self, order: Order) -> bool:
        """Put an order in force at once. False: only in this process, for the store is away.

        Raises NoRoom, and then it is in force nowhere.
        """
        try:
            await self._orders.publish(order)
        except StoreFault:
            return False
        return True

    def confirmations(self, name: str) -> AbstractAsyncContextManager[Channel]:
        """One message from each process that obeyed the order to forget of this name. Raises StoreFault."""
        return self.forgetting.confirmations(name)

    def figures(self) -> StoreFigures:
        """Counters for the metrics."""
        return StoreFigures(
            syncs=self._syncs,
            failures=self._failures + self._push.failures,
            clients_pushed=self._push.clients_pushed,
            dirty=len(self._push),
            seeded=self._push.seeded,
            dropped=self._push.dropped,
            loads=self._sight.loads,
            load_timeouts=self._sight.timeouts,
            unasked=self._sight.unasked,
            orders=len(self._orders.book.bans) + len(self._orders.book.modes),
        )

    async def _sync(self) -> None:
        """One round, or the sign of life that a quiet worker owes to itself."""
        if not self._link.up or self._clock() - self._heard > SILENCE_S:
            await self._give_sign()
            self._heard = self._clock()
        if await self._push.round():
            self._heard = self._clock()
            self._syncs += 1
        self._notice()
        await self._push.pause()

    async def _give_sign(self) -> None:
        """Write something. A shard that is away keeps no other waiting."""
        try:
            await self._push.probe()
            self._burned.wake()
        except StoreFault:
            if not self._link.up:
                raise
            self._failures += 1

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it again after every end; wait longer and longer between the faults of a store that is away."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await work()
                pause_s = FIRST_PAUSE_S
                continue
            except StoreFault:
                self._failures += 1
            except Exception as fault:  # noqa: BLE001  a fault of ours must not end the sharing for good
                self._failures += 1
                self._report(False, f"own fault: {fault!r}")
            self._notice()
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2.0, LONGEST_PAUSE_S)

    def _notice(self) -> None:
        state = self._link.up, self.degraded
        if state != self._reported:
            self._reported = state
            self._report(not self.degraded, self._link.fault)
