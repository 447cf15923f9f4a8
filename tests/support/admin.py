"""A running admin listener for tests: the real application on a free port, in front of local workers."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from config.decision import Mode
from proxy.admin.app import admin_app, start_admin
from proxy.admin.forgetter import Forgetter
from proxy.admin.node import Node
from tests.support.workers import LocalEraser, LocalOrders, LocalParent, LocalWorker, LocalWorkers

SECRET = b"a secret of at least 16 bytes"
TOKEN = "a-token-that-nobody-guesses"


class Admin:
    """An admin side and everything behind it, to be changed by tests."""

    def __init__(self) -> None:
        self.workers = LocalWorkers(LocalWorker("worker-0.11"), LocalWorker("worker-1.12"))
        self.orders = LocalOrders()
        self.eraser = LocalEraser()
        self.parent = LocalParent()
        self.node = Node("0.1.0", 2, (("shop", Mode.MONITOR), ("api", Mode.ENFORCE)), "5f1c0de5f1c0de")
        self.port = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The same as a URL."""
        return f"http://{self.address}"


@contextmanager
def running_admin() -> Iterator[Admin]:
    """Serve from a thread of its own until the end of the block."""
    admin = Admin()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start():
        forgetter = Forgetter(admin.orders, admin.workers, admin.eraser, SECRET, lambda: admin.node)
        app = admin_app(admin.workers, admin.orders, TOKEN, lambda: admin.node, forgetter, admin.parent)
        return await start_admin(app, "127.0.0.1", 0)

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    admin.port = runner.addresses[0][1]
    try:
        yield admin
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
