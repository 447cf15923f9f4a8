"""The store dies, hangs, fails over, under steady traffic: who notices, and what is still known."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bench.pace import Shopper, shoppers_of
from bench.peers import Peer, storefront
from bench.report import Row
from bench.state.nodes import SITE, key_file, node
from bench.state.pacer import Journal, apart, drive
from detectors.behaviour.memory import LAYOUT, requests_of
from proxy.state.keys import Names, ip_key
from proxy.state.slots import slot_of
from tests.support.clusters import Node, TheCluster, a_cluster

WORKERS = 2
WITHIN = 0.05  # of the truth
MOST_ADDED_MS = 10.0
PREFIX = "stile:"  # as `state.key_prefix` is where nobody sets it
Holders = Callable[[], Callable[[bytes], Node]]  # at this moment: the server that holds a key
SECTIONS: dict[str, Any] = {"routes": {"product": {"match": ["/product/*"]}}}


@dataclass(frozen=True, slots=True)
class Stretch:
    """How much of it: requests a second, people, and seconds of everything.

    `lead_s` passes first and is not looked at. A cluster votes within a second or two; `failover_s` is how
    long that is looked at. `settle_s` is the longest wait for the counts afterwards.
    """

    rate: float
    people: int
    lead_s: float
    before_s: float
    after_s: float
    dead_s: float
    hung_s: float
    failover_s: float
    settle_s: float


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that happens to the store, for `seconds`; `end` undoes it."""

    name: str
    seconds: float
    begin: Callable[[], object]
    end: Callable[[], object]


@contextmanager
def gateway(folder: Path, upstream: int, store: str) -> Iterator[tuple[Peer, Path]]:
    """One node in front of the storefront, and the file of its secret."""
    folder.mkdir(exist_ok=True)
    key = key_file(folder)
    sections = {**SECTIONS, "sites": [{"mode": "monitor"}]}
    with node(folder, "gateway", upstream, store, key, sections, workers=WORKERS) as peer:
        yield peer, key


def under_load(
    peer: Peer, people: list[Shopper], faults: list[Fault], plan: Stretch
) -> tuple[Journal, list[tuple[float, float]]]:
    """Steady traffic through these faults, one after the other; when each began and ended."""
    length = plan.lead_s + sum(plan.before_s + fault.seconds + plan.after_s for fault in faults)
    with apart() as start:
        start(time.monotonic).result()  # the process is there
        began = time.monotonic() + 0.5
        driven = start(drive, peer.port, people, plan.rate, length, began)
        windows = []
        time.sleep(began + plan.lead_s - time.monotonic())
        for fault in faults:
            time.sleep(plan.before_s)
            begun = time.monotonic() - began
            fault.begin()
            time.sleep(fault.seconds)
            fault.end()
            windows.append((begun, time.monotonic() - began))
            time.sleep(plan.after_s)
        return driven.result(), windows


def known(holders: Holders, key: Path, people: list[Shopper]) -> int:
    """How many requests of these people the store knows of, by their addresses."""
    names = Names(f"{PREFIX}{LAYOUT}:", key.read_bytes().strip())
    total, holder = 0, holders()
    by_port: dict[int, list[bytes]] = {}
    for name in (names.of(ip_key(who.address, SITE)) for who in people):
        by_port.setdefault(holder(name).port, []).append(name)
    for port, held in by_port.items():
        with redis.Redis(port=port) as client:
            pipe = client.pipeline(transaction=False)
            for name in held:
                pipe.get(name)
            total += sum(requests_of(packed) for packed in pipe.execute() if packed)
    return total


def masters_of(cluster: TheCluster) -> Callable[[bytes], Node]:
    """Who holds a key, as the cluster is now."""
    masters = sorted(cluster.masters().items(), reverse=True)
    return lambda name: next(node for first, node in masters if first <= slot_of(name))


def settled(ask: Callable[[], int], truth: int, longest_s: float) -> tuple[float, float]:
    """What the store says beside the truth, once that is no longer moving, and after how many seconds."""
    began, share = time.monotonic(), 0.0
    while time.monotonic() - began < longest_s:
        share = ask() / truth
        if abs(share - 1.0) < WITHIN / 10:
            break
        time.sleep(1.0)
    return share, time.monotonic() - began


def rows_of(
    journal: Journal, faults: list[Fault], windows: list[tuple[float, float]], plan: Stretch
) -> list[Row]:
    """Failed requests in all, and for each fault the latency that it adds."""
    rows = []
    for fault, (begun, ended) in zip(faults, windows, strict=True):
        calm, during = journal.p99_ms(begun - plan.before_s, begun), journal.p99_ms(begun, ended)
        what = f"{fault.name} at {plan.rate:,.0f} requests/s, added latency, 99 of 100"
        rows.append(added_row(what, calm, during))
    names = ", ".join(fault.name for fault in faults)
    failed = f"{len(journal.failed)} of {len(journal.due):,}"
    rows.append(Row(f"{names}: failed requests", failed, "", failed, "0", not journal.failed))
    return rows


def added_row(what: str, calm: float, during: float) -> Row:
    """A fault's own latency. A machine that is slow without it cannot tell."""
    text = f"{during:.1f} ms, before {calm:.1f} ms"
    if calm > MOST_ADDED_MS:
        return Row(what, text, "", "the machine is too busy to tell", f"≤ {MOST_ADDED_MS:g} ms")
    more = during - calm
    return Row(what, text, "", f"{more:+.1f} ms", f"≤ {MOST_ADDED_MS:g} ms", more <= MOST_ADDED_MS)


def counted(what: str, share: float, after_s: float) -> Row:
    """How near the store's counts are to the truth."""
    figure = f"{share * 100 - 100:+.1f} %"
    return Row(what, f"{figure} after {after_s:.0f} s", "", figure, "± 5 %", abs(share - 1.0) <= WITHIN)


def trial(peer: Peer, key: Path, faults: list[Fault], holders: Holders, plan: Stretch) -> list[Row]:
    """All that is to be seen of one store."""
    people = shoppers_of(peer, plan.people)
    journal, windows = under_load(peer, people, faults, plan)
    truth = sum(1 + journal.answered.get(who.address, 0) for who in people)  # 1 for the visit for a cookie
    share, after_s = settled(lambda: known(holders, key, people), truth, plan.settle_s)
    names = ", ".join(fault.name for fault in faults)
    rows = rows_of(journal, faults, windows, plan)
    return [*rows, counted(f"{names}: counts after recovery", share, after_s)]


def fail_over(cluster: TheCluster, seconds: float) -> Fault:
    """The first master dies and stays away; its replica takes its place."""
    first = cluster.masters()[0]
    return Fault("cluster failover", seconds, first.kill, lambda: None)


def measure(folder: Path, plan: Stretch) -> list[Row]:
    """One server that is killed, then hangs; then a cluster that loses a master."""
    folder.mkdir()
    with storefront(folder, huge_bytes=1024) as shop:
        with Node(folder / "store") as store, gateway(folder / "one", shop.port, store.url) as (peer, key):
            faults = [
                Fault("kill -9 of the store", plan.dead_s, store.kill, store.start),
                Fault(
                    f"store hangs for {plan.hung_s:g} s",
                    plan.hung_s,
                    lambda: store.signal(signal.SIGSTOP),
                    lambda: store.signal(signal.SIGCONT),
                ),
            ]
            rows = trial(peer, key, faults, lambda: lambda _: store, plan)
        with (
            a_cluster(folder / "cluster") as cluster,
            gateway(folder / "three", shop.port, cluster.url) as (peer, key),
        ):
            rows += trial(peer, key, [fail_over(cluster, plan.failover_s)], lambda: masters_of(cluster), plan)
    return rows
