"""What clients weigh: in a worker, in the store, a million of them, and under a flood of forged addresses."""

import socket
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from bench.report import MIB, Row, alone
from bench.state.fill import Filled, Flooded, flood, visits
from bench.state.pacer import apart
from detectors.behaviour.memory import LAYOUT
from proxy.state.keys import Names
from proxy.state.wire import packed
from tests.support.clusters import Node

PREFIX = f"stile:{LAYOUT}:"
AT_ONCE = 1000
LIFETIME_MS = 48 * 3600 * 1000
PARTS = 8  # of a flood
FULL_AFTER = 2  # of them, table and queues are full
FLAT = 0.1  # growth of what a worker holds once its table is full
MILLION_MB = 1100


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many visitors (two clients each), so many clients in one store, so many forged addresses."""

    visitors: int
    clients: int
    forged: int
    table: int


def local_rows(found: Filled) -> list[Row]:
    """What a client weighs in its worker and in the store; a crowd is a client of many members."""
    kept = found.clients + found.crowds
    each, stored = found.grown / kept, found.store_bytes / found.keys
    mix = f"{found.awake:,} clients awake, {found.clients - found.awake:,} resting, {found.crowds:,} crowds"
    text = f"{each:,.0f} bytes ({mix}; {found.evicted:,} had to go)"
    what = f"memory per client, local, {found.clients + found.evicted:,} clients"
    at = f"memory per client, in the store, {found.keys:,} keys"
    return [
        Row(what, text, "", f"{each:,.0f} bytes", "≤ 1,024 bytes", each <= 1024),
        alone(at, stored, 1024, unit="bytes", digits=0),
    ]


def fill(port: int, memories: list[bytes], clients: int) -> None:
    """Write so many clients under names and lifetimes as the script does."""
    names = Names(PREFIX, b"bench")
    with socket.create_connection(("127.0.0.1", port)) as link:
        for begin in range(0, clients, AT_ONCE):
            numbers = range(begin, min(begin + AT_ONCE, clients))
            words = (
                packed("SET", names.of(f"shop/{n}"), memories[n % len(memories)], "PX", LIFETIME_MS)
                for n in numbers
            )
            link.sendall(b"".join(words))
            left = len(numbers) * len(b"+OK\r\n")
            while left > 0:
                left -= len(link.recv(65536))


def million_rows(folder: Path, memories: list[bytes], clients: int) -> list[Row]:
    """Very many clients in one server."""
    with Node(folder / "large") as node:
        fill(node.port, memories, clients)
        with Redis(port=node.port) as direct:
            memory, keys = direct.info("memory"), int(direct.dbsize())
    if keys != clients:
        raise RuntimeError(f"{keys} keys for {clients} clients")
    used, resident = int(memory["used_memory"]) / 1e6, int(memory["used_memory_rss"]) / 1e6
    text, budget = f"{used:,.0f} MB, resident {resident:,.0f} MB", MILLION_MB * clients / 1e6
    holds = max(used, resident) <= budget
    return [Row(f"{clients:,} clients in one store", text, "", text, f"≤ {budget:,.0f} MB", holds)]


def flood_rows(found: Flooded, plan: Stretch) -> list[Row]:
    """Bounds hold, and memory is flat once the table is full."""
    full, highest = found.resident[FULL_AFTER - 1], max(found.resident)
    grown = highest / full - 1.0
    what = f"{plan.forged:,} forged addresses"
    first = f"{full / MIB:,.0f} MiB after the first {FULL_AFTER * plan.forged // PARTS:,}"
    text = f"{first}, at most {highest / MIB:,.0f} MiB"
    holds = grown <= FLAT and found.clients <= found.most_clients
    stored = max(found.store_bytes) / MIB
    return [
        Row(f"{what}: resident memory", text, "", f"{grown * 100:+.0f} %", f"≤ {FLAT * 100:+.0f} %", holds),
        alone(f"{what}: memory of the embedded store", stored, 256 + 16, unit="MiB", digits=0),
    ]


def measure(folder: Path, plan: Stretch) -> list[Row]:
    """Each filling in a fresh process, so that its memory is its own."""
    folder.mkdir()
    with apart() as start:
        filled: Filled = start(visits, folder / "visits", plan.visitors).result()
    rows = [*local_rows(filled), *million_rows(folder, filled.memories, plan.clients)]
    with apart() as start:
        every = plan.forged // PARTS
        flooded: Flooded = start(flood, folder / "flood", plan.forged, plan.table, every).result()
    return [*rows, *flood_rows(flooded, plan)]
