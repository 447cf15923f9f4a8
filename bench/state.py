"""What sharing costs a worker: the same requests with the store on and off, in one process, by CPU time.

Run `python -m bench.state`; it takes about a minute and prints a table in Markdown.
"""

import asyncio
import multiprocessing
import random
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import uvloop

from detectors.behaviour.client import Client
from detectors.behaviour.step import Step, step_of
from proxy.state.embedded import EmbeddedStore
from proxy.state.keys import ip_key, session_key
from proxy.state.store import Store
from proxy.state.table import ClientTable
from tests.support.requests import a_request

SECONDS = 6.0
WARM_S = 4.0
TICK_S = 0.01
SHOPPER = [step_of(a_request(path)) for path in ("/product/7", *(f"/{number}.jpg" for number in range(9)))]
SCRAPER = [step_of(a_request("/product/7"))]


class Shop:
    """One worker's table and the requests that come in: each counts on an address and on a session."""

    def __init__(self, visitors: int, store: Store) -> None:
        self.table = ClientTable(4 * visitors)
        self.store = store
        self.pairs = [
            (
                ip_key(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "shop"),
                session_key(f"{number:x}", "shop"),
            )
            for number in range(visitors)
        ]

    def load_page(self, pair: tuple[str, str], steps: list[Step], now: float) -> None:
        for step in steps:
            for key in pair:
                client = self.table.find(key)
                if client is None:
                    client = Client(key, now)
                    self.table.add(client)
                client.arrive(step, now)
                self.store.touch(client)

    async def serve(self, steps: list[Step], per_second: int, seconds: float) -> int:
        """Serve so many requests a second, in page loads by random visitors; the number served."""
        served, loop = 0, asyncio.get_running_loop()
        began = loop.time()
        while (passed := loop.time() - began) < seconds:
            now = time.time()
            while served < int(passed * per_second):
                self.load_page(random.choice(self.pairs), steps, now)
                served += len(steps)
            await asyncio.sleep(TICK_S)
        return served


@dataclass(frozen=True, slots=True)
class Load:
    """Who comes, and how much of it."""

    who: str
    steps: list[Step]
    visitors: int
    per_second: int
    workers: int


LOADS = (
    Load("shoppers: a page and nine images each time", SHOPPER, 5_000, 10_000, 1),
    Load("the same visitors on two workers", SHOPPER, 5_000, 10_000, 2),
    Load("scrapers: every request another visitor's page", SCRAPER, 5_000, 10_000, 1),
    Load("a fifth of the shoppers' requests", SHOPPER, 5_000, 2_000, 1),
)


async def cost(url: str | None, load: Load) -> tuple[float, int, int]:
    """CPU seconds of this process, requests served and clients pushed, over the measured seconds."""
    store = Store(url)
    await store.start()
    shop = Shop(load.visitors, store)
    await shop.serve(load.steps, load.per_second, WARM_S)
    before, pushed = time.process_time(), store.figures().clients_pushed
    served = await shop.serve(load.steps, load.per_second, SECONDS)
    spent, pushed = time.process_time() - before, store.figures().clients_pushed - pushed
    await store.close()
    return spent, served, pushed


def another_worker(url: str, load: Load) -> None:
    """The same load in another process, so that the totals that come back differ from what was pushed."""
    uvloop.run(cost(url, load))


def row(url: str, load: Load) -> str:
    """Measure off and on, and the CPU of the store meanwhile."""
    off, served_off, _ = uvloop.run(cost(None, load))
    others = [
        multiprocessing.Process(target=another_worker, args=(url, load)) for _ in range(load.workers - 1)
    ]
    for other in others:
        other.start()
    with redis.Redis.from_url(url) as operator:
        store_before = store_cpu(operator)
        on, served, pushed = uvloop.run(cost(url, load))
        store_share = (store_cpu(operator) - store_before) / (WARM_S + SECONDS)
        for other in others:
            other.join()
        operator.flushall()
    shared = on / served - off / served_off
    return (
        f"| {load.who} | {load.per_second:,} | {off / served_off * 1e6:.1f} | {shared * 1e6:.1f} | "
        f"{shared * served / pushed * 1e6:.0f} | {pushed / served:.2f} | {store_share * 100:.0f} % |"
    )


def store_cpu(operator: redis.Redis) -> float:
    """CPU seconds that the server has used."""
    figures: dict[str, Any] = operator.info("cpu")
    return float(figures["used_cpu_sys"]) + float(figures["used_cpu_user"])


def memory(url: str, clients: int) -> str:
    """Bytes per client, in this process and in the store, once all of them are there."""
    before = resident()
    with redis.Redis.from_url(url) as operator:
        stored_before = operator.info("memory")["used_memory"]
        table = uvloop.run(fill(url, clients))
        stored = operator.info("memory")["used_memory"] - stored_before
        keys = operator.dbsize()
    local = (resident() - before) / len(table)
    return f"{clients:,} clients: {local:.0f} bytes each here, {stored / keys:.0f} in the store"


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


async def fill(url: str, clients: int) -> ClientTable:
    """Make so many clients with some past each, and share them all."""
    store = Store(url)
    await store.start()
    table, now = ClientTable(clients), time.time()
    for number in range(clients):
        client = Client(ip_key(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "shop"), now)
        for _ in range(3):
            client.arrive(SHOPPER[0], now)
        table.add(client)
        store.touch(client)
    await asyncio.sleep(3.0)
    for _ in range(2):
        for number in range(clients):
            client = table.find(ip_key(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "shop"))
            if client is not None:
                client.arrive(SHOPPER[1], now)
                store.touch(client)
        await asyncio.sleep(3.0)
    await store.close()
    return table


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedStore(Path(directory))
        url = server.start().url
        try:
            print(memory(url, 50_000))
            print("\n| load | requests/s | µs/request, alone | µs/request more, shared | µs/push |", end="")
            print(" pushes/request | store's core |\n|---|---|---|---|---|---|---|")
            for load in LOADS:
                print(row(url, load), flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
