"""One client, spread over four workers on two nodes, against a limit of sixty requests a minute."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from bench.pace import Line, Shopper
from bench.peers import storefront
from bench.report import Row
from bench.state.nodes import key_file, node
from tests.support.clusters import Node, a_cluster

MOST, TOLERATED = 60, 72
SENT = 150
ENOUGH = 20  # refusals in a row: every worker has refused by then
SLOW, FAST = 5.0, 200.0
RULE = {"name": "sixty-a-minute", "when": f'client.rate("ip", "1m") > {MOST}.0', "action": "throttle"}
SECTIONS: dict[str, Any] = {"policy": {"import": [], "rules": [RULE]}}


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many clients at either rate, through one server and perhaps through a cluster too."""

    slow: int
    fast: int
    sharded: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """How many requests passed before the first refusal, and how many in all."""

    before: int
    passed: int


@contextmanager
def two_nodes(folder: Path, upstream: int, store: str) -> Iterator[list[int]]:
    """The ports of two supervisors with two workers each, which share `store`."""
    folder.mkdir(exist_ok=True)
    key = key_file(folder)
    with ExitStack() as stack:
        peers = []
        for name in ("left", "right"):
            sections = {**SECTIONS, "sites": [{"mode": "enforce"}]}
            peers.append(stack.enter_context(node(folder, name, upstream, store, key, sections, workers=2)))
        time.sleep(1.0)  # the probes of the start are shared by now
        yield [peer.port for peer in peers]


def asked(port: int, who: Shopper, number: int) -> int:
    """The status of one page on a connection of its own, which the kernel gives to any worker."""
    line = Line.to(port)
    try:
        line.send(who.request(f"/product/{1000 + number * 37 % 3000}"), 0.0)
        while not line.take():
            pass
        return int(line.received[9:12])
    finally:
        line.socket.shutdown(socket.SHUT_RDWR)
        line.socket.close()


def spread(ports: list[int], address: str, rate: float) -> Stop:
    """Send at `rate` over all nodes in turn, until nobody lets it pass any more."""
    who, statuses, began = Shopper(address), [], time.perf_counter()
    while len(statuses) < SENT and not (len(statuses) > ENOUGH and 200 not in statuses[-ENOUGH:]):
        number = len(statuses)
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        statuses.append(asked(ports[number % len(ports)], who, number))
    unlike = set(statuses) - {200, 429}
    if unlike:
        raise RuntimeError(f"answered with {unlike}: not the limit that is measured")
    before = statuses.index(429) if 429 in statuses else len(statuses)
    return Stop(before, statuses.count(200))


def stops(ports: list[int], addresses: Iterator[str], plan: Stretch) -> dict[float, list[Stop]]:
    """So many clients at either rate. The slow ones come together, a moment apart, each at another time."""

    def after(moment_s: float) -> Stop:
        time.sleep(moment_s)
        return spread(ports, next(addresses), SLOW)

    found = {FAST: [spread(ports, next(addresses), FAST) for _ in range(plan.fast)]}
    if plan.slow:
        with ThreadPoolExecutor(plan.slow) as pool:
            found[SLOW] = list(pool.map(after, (0.7 * turn for turn in range(plan.slow))))
    return found


def row(what: str, found: list[Stop]) -> Row:
    """From the least to the most that passed before the first refusal, and that passed in all."""
    before, passed = sorted(stop.before for stop in found), sorted(stop.passed for stop in found)
    text = f"{before[0]}–{before[-1]}, in all {passed[0]}–{passed[-1]}"
    holds = before[0] >= MOST and passed[-1] <= TOLERATED
    return Row(what, text, "", text, f"{MOST}–{TOLERATED} requests", holds)


def measure(folder: Path, plan: Stretch) -> list[Row]:
    """Through one server, and through a cluster of three shards."""
    folder.mkdir()
    addresses = (f"198.18.{number >> 8}.{number & 255}" for number in count(1))
    found = {}
    with storefront(folder, huge_bytes=1024) as shop:
        with Node(folder / "store") as store, two_nodes(folder / "one", shop.port, store.url) as ports:
            found["one store"] = stops(ports, addresses, plan)
        if plan.sharded:
            with (
                a_cluster(folder / "cluster") as cluster,
                two_nodes(folder / "three", shop.port, cluster.url) as ports,
            ):
                found["3 shards"] = stops(ports, addresses, plan)
    return [
        row(f"60 a minute over 4 workers, {store_name}, {rate:g}/s", clients)
        for store_name, by_rate in found.items()
        for rate, clients in by_rate.items()
    ]
