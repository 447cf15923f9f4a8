"""An operator's order reaches every worker at once."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from proxy.state.link import Channel, Link, Reply, Script, StoreFault
from proxy.state.order import (
    EVERY_SITE,
    FORGET,
    Forget,
    Lift,
    ModeOrder,
    Order,
    mode_name,
    order_of,
    read,
    written,
)
from proxy.state.order_book import MOST, NoRoom, OrderBook, kind_of
from proxy.state.script import CLEAR, ORDER
from proxy.state.slices import emptied, in_slices

__all__ = [
    "EVERY_SITE",
    "FORGET",
    "Forget",
    "Lift",
    "ModeOrder",
    "NoRoom",
    "Order",
    "OrderBook",
    "Orders",
    "mode_name",
]

EDITION = b"#edition"
LISTEN_S = 1.0
CHECK_S = 5.0  # announcements are sent once; whoever missed one notices by the edition
SWEEP_S = 120.0
CLEARED_AT_ONCE = 100  # names for which the store stops for less than a millisecond

Heed = Callable[[Mapping[str, Forget]], None]


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
        self._order = Script(ORDER)
        self._clear = Script(CLEAR)
        self._clock = clock
        self._edition = -1
        self._over: list[str] = []
        self.book = OrderBook(clock)
        self.following = asyncio.Event()  # set while announcements are heard

    async def publish(self, order: Order) -> None:
        """Order at once, here and in every worker. Raises NoRoom, and nothing is ordered.

        Raises StoreFault; it is then in force only here.
        """
        name, text = written(order)
        if isinstance(order, Lift):
            self.book.put(name, None)
        elif not self.book.put(name, order):
            kind = kind_of(order)
            raise NoRoom(
                f"there are {MOST[kind]:,} {kind.value} in force, and there is no room for more; "
                "lift some, or order about networks instead of addresses"
            )
        self._heed(self.book.forgets)
        await self._link.run(self._order, [self._hash], [self._channel, name, text])

    async def reload(self) -> None:
        """Make the book equal to the store's, and clear the store of what has run out. Raises StoreFault."""
        reply = await self._link.call("HGETALL", self._hash)
        fresh, over, edition, now = OrderBook(self._clock), [], 0, self._clock()
        with self.book.renewed_by(fresh):
            async for some in in_slices(_pairs(reply)):
                for field, text in some:
                    if field == EDITION:
                        edition = _number(text)
                        continue
                    name, order = read(field, text)
                    if order is not None and order.until > now:
                        fresh.put(name, order)
                    elif order is not None:
                        over.append(name)
        self._edition = edition
        self._heed(self.book.forgets)
        await fresh.emptied()
        if isinstance(reply, list | dict):
            await emptied(reply)
        await self._clear_store_of(over)

    async def follow(self) -> None:
        """Hear announcements until the connection fails. Raises StoreFault."""
        channel = self._link.channel()
        try:
            await channel.subscribe(self._channel)
            await self.reload()
            self.following.set()
            checked = swept = self._clock()
            while True:
                message = await channel.hear(LISTEN_S)
                now = self._clock()
                if message is not None:
                    await self._hear(message)
                if not 0.0 <= now - checked <= CHECK_S:
                    checked = now
                    await channel.ping()
                    if await self._has_missed_one(channel):  # the server may have left the others
                        raise StoreFault("an announcement was missed")
                if not 0.0 <= now - swept <= SWEEP_S:
                    swept = now
                    await self.sweep()
        finally:
            self.following.clear()
            channel.close()

    async def sweep(self) -> None:
        """Drop what has run out, here and in the store. Raises StoreFault."""
        async for some in in_slices(self.book.all_orders()):
            self.book.sweep(some)
        self._heed(self.book.forgets)
        over, self._over, self.book.over = self._over, self.book.over, []
        await self._clear_store_of(over)  # of the sweep before, for the store's clock may be behind

    async def _hear(self, announcement: bytes) -> None:
        match _json(announcement):
            case [int(edition), str(name), str(text)]:
                pass
            case _:
                return
        if edition == self._edition + 1:
            self._edition = edition
            self.book.put(name, order_of(name, text))
            self._heed(self.book.forgets)
        elif edition > self._edition or await self._stored_edition() < self._edition:
            await self.reload()  # one was missed, or the store began anew; else a reload had it already

    async def _has_missed_one(self, channel: Channel) -> bool:
        """True where the store's edition is another, and what is on its way does not lead to it."""
        loop = asyncio.get_running_loop()
        stored, until = await self._stored_edition(), loop.time() + LISTEN_S
        if stored < self._edition:
            return True
        while self._edition < stored:
            left_s = until - loop.time()
            if left_s <= 0.0:
                return True
            message = await channel.hear(left_s)
            if message is not None:
                await self._hear(message)
        return False

    async def _stored_edition(self) -> int:
        return _number(await self._link.call("HGET", self._hash, EDITION))

    async def _clear_store_of(self, names: list[str]) -> None:
        for start in range(0, len(names), CLEARED_AT_ONCE):
            await self._link.run(self._clear, [self._hash], names[start : start + CLEARED_AT_ONCE])


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _number(text: Reply) -> int:
    """An edition; 0 where there is none, or somebody else wrote it."""
    try:
        return int(text) if isinstance(text, bytes) else 0
    except ValueError:
        return 0


def _pairs(reply: object) -> Iterator[tuple[bytes, bytes]]:
    """HGETALL's answer in either protocol version."""
    if isinstance(reply, dict):
        return iter(reply.items())
    one_by_one = iter(reply if isinstance(reply, list) else ())
    return zip(one_by_one, one_by_one, strict=True)
