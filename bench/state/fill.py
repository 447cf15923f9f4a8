"""Fills a worker's tables and its store by real visits, or by a flood of forged addresses."""

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop
from redis import Redis

from bench.state.cost import NOW
from bench.state.worker import PRODUCTS, SECRET, Stepwise, Visitor, Worker, a_config, address_of
from config.settings import Config
from detectors.behaviour.memory import SMALLEST
from proxy.state.embedded import EmbeddedStore
from proxy.state.store import Store
from tests.support.stores import Clock

TICK_S = 0.25  # in which a worker lets some clients rest
COMING = 25  # new visitors in a tick: 100 a second, as many as 5,000 requests a second bring
RETURN_AFTER = 80  # ticks until the second page of a visit
AT_ONCE = 25  # forged requests before the event loop goes round
SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class Filled:
    """Resident bytes that the worker gained, what its tables and the store hold, and some memories whole."""

    grown: int
    clients: int
    awake: int
    crowds: int
    evicted: int
    bound: int
    store_bytes: int
    keys: int
    memories: list[bytes]


@dataclass(frozen=True, slots=True)
class Flooded:
    """Resident bytes of the worker and bytes of the store after each part of the flood."""

    resident: list[int]
    store_bytes: list[int]
    clients: int
    most_clients: int
    dropped: int


def resident_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _configured(folder: Path, most: int) -> Config:
    config = a_config(folder)
    return replace(config, state=replace(config.state, max_clients=most))


def _server(folder: Path, **settings: int) -> tuple[EmbeddedStore, str]:
    server = EmbeddedStore(folder / "store", **settings)
    started = server.start()
    if not started.url:
        raise RuntimeError(started.reason)
    return server, started.url


def visits(folder: Path, visitors: int) -> Filled:
    """Real visits, each of an address and a session, until everybody has been there."""
    config = _configured(folder, 2 * visitors)
    server, url = _server(folder, max_bytes=2**32)
    try:
        return uvloop.run(_visits(config, url, visitors))
    finally:
        server.stop()


async def _visits(config: Config, url: str, visitors: int) -> Filled:
    clock = Clock(NOW)
    store = Stepwise(url, clock)
    await store.probe()
    worker, returning = Worker(config, store), deque[list[Visitor]]()
    with Redis.from_url(url) as direct:
        empty, before = _used(direct), resident_bytes()
        for tick in range(visitors // COMING):
            numbers = range(tick * COMING, (tick + 1) * COMING)
            coming = [worker.visitor(address_of(n), n, clock(), cookie=True) for n in numbers]
            returning.append(coming)
            back = returning.popleft() if tick >= RETURN_AFTER else []
            for who in (*coming, *back):
                for image in (0, 1):
                    worker.serve(who, worker.served % PRODUCTS, image, clock())
            clock.pass_(TICK_S)
            worker.recall.rest(clock())
            await store.round()
        grown = resident_bytes() - before
        await store.close()
        clients, crowds = worker.clients, worker.crowds
        return Filled(
            grown=grown,
            clients=len(clients),
            awake=clients.awake,
            crowds=len(crowds),
            evicted=clients.evicted,
            bound=clients.max_bytes,
            store_bytes=_used(direct) - empty,
            keys=int(direct.dbsize()),
            memories=_some(direct),
        )


def flood(folder: Path, addresses: int, most: int, every: int) -> Flooded:
    """So many forged addresses, each of which asks once, as fast as the worker takes them."""
    config = _configured(folder, most)
    server, url = _server(folder)
    try:
        return uvloop.run(_flood(config, url, addresses, every))
    finally:
        server.stop()


async def _flood(config: Config, url: str, addresses: int, every: int) -> Flooded:
    store = Store(url, secret=SECRET)
    await store.start()
    worker, resident, stored, rested = Worker(config, store), [], [], time.time()
    with Redis.from_url(url) as direct:
        for number in range(addresses):
            who = worker.visitor(forged(number), number, time.time(), cookie=False)
            worker.serve(who, number % PRODUCTS, 0, time.time())
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
                if time.time() - rested > TICK_S:
                    rested = time.time()
                    worker.recall.rest(rested)
            if number % every == every - 1:
                resident.append(resident_bytes())
                stored.append(_used(direct))
        clients, figures = worker.clients, store.figures()
        await store.close()
        return Flooded(resident, stored, len(clients), clients.max_clients, figures.dropped)


def forged(number: int) -> str:
    """An address of anywhere, another one for every number."""
    scattered = number * 2654435761 % 2**32
    return ".".join(str(scattered >> shift & 255) for shift in (24, 16, 8, 0))


def _some(direct: Redis) -> list[bytes]:
    """Packed memories as the visits left them."""
    names = [name for name, _ in zip(direct.scan_iter(count=1000), range(SAMPLE), strict=False)]
    found = (direct.get(name) for name in names if direct.type(name) == b"string")
    return [content for content in found if content and len(content) >= SMALLEST]


def _used(direct: Redis) -> int:
    return int(direct.info("memory")["used_memory"])
