"""Workers for tests of the admin side: real counters and real events, without processes or sockets."""

from detectors.visit import Ban
from proxy.admin.metrics import Counters
from proxy.admin.orders import obey
from proxy.admin.questions import Message, Question, WorkerState, answer
from proxy.events.fields import Privacy
from proxy.events.recent import Recent
from proxy.state.keys import order_key
from proxy.state.orders import Lift, ModeOrder, Order, OrderBook, mode_name


class LocalWorker:
    """One worker, answering as a process would."""

    def __init__(self, name: str = "worker-0", *, accepting: bool = True, degraded: bool = False) -> None:
        self.state = WorkerState(name, accepting, degraded, "5f1c0de5f1c0de", 3, 40, 0, 0)
        self.counters = Counters()
        self.recent = Recent()
        self.privacy = Privacy()
        self.book = OrderBook()

    def answer(self, message: Message) -> Message:
        """The answer to one question."""
        if message["ask"] == Question.ORDER:
            obey(message["order"], self.book)
        return answer(message, self.state, self.counters, self.recent, self.privacy)


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

    async def publish_order(self, order: Order) -> bool:
        """Put an order in force, as the real store does."""
        if isinstance(order, Lift):
            self.orders.put(order.name if order.name.startswith("mode:") else order_key(order.name), None)
        elif isinstance(order, ModeOrder):
            self.orders.put(mode_name(order.site), order)
        else:
            name = order_key(order.key)
            self.orders.put(name, Ban(name, order.until, order.reason, order.allow))
        return self.there
