"""Real stores for tests: a private server in a temporary directory, and workers that share it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from detectors.behaviour.client import Client
from detectors.behaviour.step import step_of
from proxy.state.embedded import EmbeddedStore, server_binary
from proxy.state.pace import Shared
from proxy.state.store import Store
from tests.support.requests import a_request

PAGE = step_of(a_request("/product/7"))
NOW = 1_790_000_000.0


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Let so much time go by."""
        self.now += seconds

    def ahead(self, seconds: float) -> Callable[[], float]:
        """The clock of another machine, ahead of this one, or behind it where `seconds` is negative."""
        return lambda: self.now + seconds


def a_server(directory: Path) -> EmbeddedStore:
    """A started server; the test is skipped, with the reason, where there is no binary."""
    if server_binary() is None:
        pytest.skip("no Valkey or Redis server here")
    server = EmbeddedStore(directory)
    started = server.start()
    assert started.url, started.reason
    return server


def a_client(key: str = "203.0.113.7", requests: int = 0, now: float = NOW) -> Client:
    """A client that has asked for the same page `requests` times."""
    client = Client(key, now)
    for _ in range(requests):
        client.arrive(PAGE, now)
    return client


@asynccontextmanager
async def workers(url: str | None, count: int = 2, **settings: Any) -> AsyncIterator[list[Store]]:
    """Stores of `count` workers, closed at the end."""
    stores = [Store(url, **settings) for _ in range(count)]
    try:
        for store in stores:
            await store.start()
        yield stores
    finally:
        for store in stores:
            await store.close()


async def eventually(holds: Callable[[], bool], within_s: float = 3.0) -> bool:
    """True as soon as `holds` does, False when it did not in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


async def sight(store: Store, client: Shared) -> float:
    """Load a client; how many seconds until the store said that it is ready."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    asked = loop.time()
    store.first_sight(client, ready.set)
    await ready.wait()
    return loop.time() - asked


async def pushed(store: Store, client: Shared) -> None:
    """Share what a client counted, and wait for the totals."""
    before = store.figures().clients_pushed
    store.hurry(client)
    assert await eventually(lambda: store.figures().clients_pushed > before)


def plain(url: str) -> redis.Redis:
    """The server as an operator's tool sees it."""
    return redis.Redis.from_url(url)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run one asynchronous test body on a loop of its own."""
    asyncio.run(asyncio.wait_for(work, 20.0))
