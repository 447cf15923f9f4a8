"""What remembering costs: CPU per request to share counts, and bytes per client here and in the store."""

import asyncio
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from detectors.behaviour.client import Client
from detectors.behaviour.step import Kind, Step
from proxy.state.embedded import EmbeddedStore
from proxy.state.keys import Names
from proxy.state.link import Link
from proxy.state.pace import Pace
from proxy.state.push import ROUND_S, Push

CLIENTS = 10_000
REQUESTS_PER_SECOND = 5_000
PREFIX = "bench:"
TTL_S = 600.0
NOW = 1_790_000_000.0


@dataclass(frozen=True, slots=True)
class Sharing:
    """CPU of this process in microseconds per request, and bytes per client."""

    push_us: float
    local_bytes: float
    store_bytes: float


def a_step(number: int) -> Step:
    """A product page."""
    return Step(Kind.PAGE, number * 2654435761 % 2**32, 1000 + number, 2, True, False, False, False, False)


def grown_clients() -> tuple[list[Client], float]:
    """Clients in the middle of a visit, and the bytes that each of them takes."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    clients = [Client(f"shop/10.{n >> 16}.{n >> 8 & 255}.{n & 255}", NOW) for n in range(CLIENTS)]
    for number, client in enumerate(clients):
        for turn in range(5):
            client.arrive(a_step(number * 7 + turn), NOW + turn)
            client.respond(200, 1024)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return clients, (after - before) / CLIENTS


async def _share(url: str, clients: list[Client], seconds: float) -> float:
    """CPU seconds per request of pushing, at REQUESTS_PER_SECOND spread over all clients."""
    link = Link(url)
    push = Push(link, Names(PREFIX), Pace(), TTL_S)
    for client in clients:
        push.touch(client)
    await push.round(everything=True)
    requests, used = 0, 0.0
    for turn in range(int(seconds / ROUND_S)):
        now = NOW + 10 + turn * ROUND_S
        touched = [clients[(requests + n) * 7 % CLIENTS] for n in range(int(REQUESTS_PER_SECOND * ROUND_S))]
        for client in touched:
            client.arrive(a_step(requests), now)
        started = time.process_time()
        for client in touched:
            push.touch(client)
        await push.round()
        used += time.process_time() - started
        requests += len(touched)
    started = time.process_time()
    await push.round(everything=True)
    used += time.process_time() - started
    await link.close()
    return used / requests


def measure(folder: Path, seconds: float) -> Sharing:
    """Run a private store, share with it, and weigh what it holds."""
    clients, local_bytes = grown_clients()
    store = EmbeddedStore(folder / "sharing")
    started = store.start()
    if not started.url:
        raise RuntimeError(started.reason)
    try:
        with Redis.from_url(started.url) as direct:
            empty = int(direct.info("memory")["used_memory"])
            push_s = asyncio.run(_share(started.url, clients, seconds))
            keys = max(1, int(direct.dbsize()))
            full = int(direct.info("memory")["used_memory"])
    finally:
        store.stop()
    return Sharing(push_s * 1e6, local_bytes, (full - empty) / keys)
