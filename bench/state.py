"""What sharing costs a worker: the same requests with the store on and off, in one process, by CPU time.

Run `python -m bench.state`; it takes about a minute and prints a table in Markdown.
"""

import asyncio
import multiprocessing
import random
import resource
import tempfile
import time
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
TICK_S = 0.01
STEPS = [step_of(a_request(path)) for path in ("/", "/product/7", "/a.css", "/a.png", "/a.js", "/api/cart")]


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

    def request(self, pair: tuple[str, str], step: Step, now: float) -> None:
        for key in pair:
            client = self.table.find(key)
            if client is None:
                client = Client(key, now)
                self.table.add(client)
            client.arrive(step, now)
            self.store.touch(client)

    async def serve(self, per_second: int, seconds: float) -> int:
        """Serve so many requests a second, each of a random visitor; the number served."""
        served, loop = 0, asyncio.get_running_loop()
        began = loop.time()
        while (passed := loop.time() - began) < seconds:
            now = time.time()
            for _ in range(int(passed * per_second) - served):
                self.request(random.choice(self.pairs), random.choice(STEPS), now)
                served += 1
            await asyncio.sleep(TICK_S)
        return served


async def cost(url: str | None, visitors: int, per_second: int) -> tuple[float, int, int]:
    """CPU seconds of this process, requests served and clients pushed, over the measured seconds."""
    store = Store(url)
    await store.start()
    shop = Shop(visitors, store)
    await shop.serve(per_second, 2.0)
    before, pushed = time.process_time(), store.figures().clients_pushed
    served = await shop.serve(per_second, SECONDS)
    spent, pushed = time.process_time() - before, store.figures().clients_pushed - pushed
    await store.close()
    return spent, served, pushed


def a_second_worker(url: str, visitors: int, per_second: int) -> multiprocessing.Process:
    """The same load in another process, so that totals that come back differ from what was pushed."""
    other = multiprocessing.Process(target=lambda: uvloop.run(cost(url, visitors, per_second)), daemon=True)
    other.start()
    return other


def row(url: str, visitors: int, per_second: int, shared: bool) -> str:
    """Measure off and on, and the CPU of the store meanwhile."""
    off, served_off, _ = uvloop.run(cost(None, visitors, per_second))
    other = a_second_worker(url, visitors, per_second) if shared else None
    with redis.Redis.from_url(url) as operator:
        store_before = store_cpu(operator)
        on, served, pushed = uvloop.run(cost(url, visitors, per_second))
        store_spent = store_cpu(operator) - store_before
        operator.flushall()
    if other is not None:
        other.join()
    per_request = on / served - off / served_off
    return (
        f"| {visitors:,} | {per_second:,} | {'2' if shared else '1'} | {per_request * 1e6:.1f} | "
        f"{per_request * served / pushed * 1e6:.1f} | {pushed / served:.2f} | {store_spent / (SECONDS + 2) * 100:.0f} % |"
    )


def store_cpu(operator: redis.Redis) -> float:
    """CPU seconds that the server has used."""
    figures: dict[str, Any] = operator.info("cpu")
    return float(figures["used_cpu_sys"]) + float(figures["used_cpu_user"])


def memory(url: str, clients: int) -> str:
    """Bytes per client, in this process and in the store, once all of them are there."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with redis.Redis.from_url(url) as operator:
        stored_before = operator.info("memory")["used_memory"]
        uvloop.run(fill(url, clients))
        stored = operator.info("memory")["used_memory"] - stored_before
        keys = operator.dbsize()
    local = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return f"{clients:,} clients: {local / clients:.0f} bytes each here, {stored / keys:.0f} bytes each in the store"


async def fill(url: str, clients: int) -> None:
    """Make so many clients with some past each, and share them all."""
    store = Store(url)
    await store.start()
    table, now = ClientTable(clients), time.time()
    for number in range(clients):
        client = Client(ip_key(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "shop"), now)
        for _ in range(3):
            client.arrive(random.choice(STEPS), now)
        table.add(client)
        store.touch(client)
    while store.figures().clients_pushed < clients:
        await asyncio.sleep(0.05)
    for _ in range(2):
        for number in range(clients):
            client = table.find(ip_key(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "shop"))
            if client is not None:
                client.arrive(STEPS[0], now)
                store.touch(client)
        await asyncio.sleep(1.5)
    await store.close()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedStore(Path(directory))
        url = server.start().url
        try:
            print(memory(url, 20_000))
            print("\n| visitors | requests/s | workers | µs/request | µs/push | pushes/request | store CPU |")
            print("|---|---|---|---|---|---|---|")
            for visitors, per_second, shared in (
                (5_000, 10_000, False),
                (5_000, 10_000, True),
                (5_000, 2_000, False),
            ):
                print(row(url, visitors, per_second, shared), flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
