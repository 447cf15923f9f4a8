"""Workers for tests of the admin side: real counters and real events, without processes or sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from detectors.visit import Ban
from proxy.admin.metrics import Counters
from proxy.admin.orders import obey
from proxy.admin.questions import Message, Question, WorkerState, answer
from proxy.events.fields import Privacy
from proxy.events.recent import Recent
from proxy.parent import ParentSilent
from proxy.state.keys import order_key
from proxy.state.link import StoreFault
from proxy.state.orders import Forget, Lift, ModeOrder, NoRoom, Order, OrderBook, mode_name


class LocalWorker:
    """One worker, answering as a process would."""

    def __init__(self, name: str = "worker-0", *, accepting: bool = True, degraded: bool = False) -> None:
        self.state = WorkerState(name, accepting, degraded, "5f1c0de5f1c0de", 3, 40, 0, 0)
        self.counters = Counters()
        self.recent = Recent()
        self.privacy = Privacy()
        self.book = OrderBook()
        self.obedient = True

    def answer(self, message: Message) -> Message:
        """The answer to one question."""
        if message["ask"] == Question.ORDER:
            obey(message["order"], self.book)
        reply = answer(message, self.state, self.counters, self.recent, self.privacy)
        if message["ask"] == Question.FORGOTTEN:
            reply["forgotten"] = self.obedient and message["name"] in self.book.forgets
        return reply


class LocalWorkers:
    """All workers of a node."""

    def __init__(self, *workers: LocalWorker) -> None:
        self.workers = list(workers)

    async def ask(self, message: Message) -> list[Message]:
        """One answer of each."""
        return [worker.answer(message) for worker in self.workers]


class LocalOrders:
    """A shared store that is there or away."""

    def __init__(self, *, there: bool = True) -> None:
        self.orders = OrderBook()
        self.there = there
        self.confirming = 3
        self.forgets: list[Forget] = []

    @asynccontextmanager
    async def confirmations(self, _: str) -> AsyncIterator["LocalOrders"]:
        """Confirmations of so many processes as `confirming` says."""
        if not self.there:
            raise StoreFault("redis://cache:6379: Connection refused")
        self._unheard = self.confirming
        yield self

    async def hear(self, within_s: float) -> bytes | None:
        """The next confirmation."""
        if not self._unheard:
            await asyncio.sleep(within_s / 10)
            return None
        self._unheard -= 1
        return b"forgotten"

    async def publish_order(self, order: Order) -> bool:
        """Put an order in force, as the real store does."""
        if isinstance(order, Lift):
            self.orders.put(order.name if order.name.startswith("mode:") else order_key(order.name), None)
        elif isinstance(order, ModeOrder):
            self.orders.put(mode_name(order.site), order)
        elif isinstance(order, Forget):
            if not self.orders.put(order.name, order):
                raise NoRoom("there are 10,000 orders to forget in force")
            self.forgets.append(order)
        else:
            name = order_key(order.key)
            if not self.orders.put(name, Ban(name, order.until, order.reason, order.allow)):
                raise NoRoom("there are 100,000 bans in force")
        return self.there


class LocalEraser:
    """The store's keys, as far as their erasing is told to operators."""

    def __init__(self) -> None:
        self.fault: StoreFault | None = None
        self.asked: list[tuple[frozenset[str], frozenset[str]]] = []

    async def followers(self) -> int:
        """Three processes follow."""
        return 3

    async def erase(self, subjects: frozenset[str], sites: frozenset[str]) -> int:
        """Four keys, unless there is a fault."""
        if self.fault is not None:
            raise self.fault
        self.asked.append((subjects, sites))
        return 4


class LocalParent:
    """A parent that answers as it was told to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.answer: Message = {
            "version": "5f1c0de5f1c0de",
            "previous": "0ldc0de0ldc0de",
            "changes": ["rule price-scraping added"],
            "faults": [],
        }
        self.silent = False

    async def ask(self, message: Message) -> Message:
        """The prepared answer."""
        self.asked.append(message)
        if self.silent:
            raise ParentSilent("the gateway's parent process does not answer")
        return {"in_force": "5f1c0de5f1c0de", **self.answer}
