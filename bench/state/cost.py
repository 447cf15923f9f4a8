"""What sharing costs a worker: the same shoppers with the sync off and on, slice by slice in one process."""

import asyncio
import gc
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop

from bench.peers import cpu_s
from bench.report import Row, alone
from bench.state.worker import IMAGES, PRODUCTS, SECRET, Off, Visitor, Worker, a_config, address_of
from proxy.state.embedded import EmbeddedStore
from proxy.state.store import Store
from tests.support.stores import Clock

REQUESTS_PER_SECOND = 5_000  # what one worker carries
TICK_S = 0.01
REST_S = 0.25
IMAGE_AFTER = 8  # ticks between the images of a page
VISITS = int(REQUESTS_PER_SECOND * TICK_S) // (1 + IMAGES)  # that begin in a tick
WARM_UP = 6.0  # times as fast as the clock
NOW = time.time() - 3600.0  # time passes faster here, and the store bounds what is ahead of its own clock


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many people, each of them an address and a session, in so many rounds of so many seconds.

    `warm_s` is what is shopped before: full turns of the wheel on which quiet clients wait to be shared.
    """

    people: int
    warm_s: float
    rounds: int
    slice_s: float


class Shift:
    """One worker and its shoppers; its time passes only while they shop."""

    def __init__(self, worker: Worker, people: list[Visitor], clock: Clock) -> None:
        self.worker, self.people, self.clock = worker, people, clock
        self.ticks = 0

    async def work(self, seconds: float, speed: float = 1.0) -> float:
        """Serve for so long, by the clock or faster: microseconds of this process's CPU per request."""
        used, begun, loop = time.process_time(), self.worker.served, asyncio.get_running_loop()
        started = loop.time()
        for tick in range(int(seconds / TICK_S)):
            self._tick()
            await asyncio.sleep(max(0.0, started + tick * TICK_S / speed - loop.time()))
        await asyncio.sleep(2 * TICK_S)  # the last round ends
        return (time.process_time() - used) / (self.worker.served - begun) * 1e6

    def _tick(self) -> None:
        """Some visits begin, and the images of earlier ones follow."""
        now, people = self.clock(), self.people
        for image in range(1 + IMAGES):
            first = (self.ticks - image * IMAGE_AFTER) * VISITS
            for visit in range(max(0, first), max(0, first + VISITS)):
                product = visit * 37 % PRODUCTS
                self.worker.serve(people[visit % len(people)], product, image, now)
        self.ticks += 1
        self.clock.pass_(TICK_S)
        if self.ticks % int(REST_S / TICK_S) == 0:
            self.worker.recall.rest(now)


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of CPU per request without and with sharing, slice by slice; pushes; the store's CPU."""

    slices: list[tuple[float, float]]
    pushes: float
    store_us: float

    @property
    def rows(self) -> list[Row]:
        more = median(on - off for off, on in self.slices)
        text = f"{more:.1f} µs (beside {median(off for off, _ in self.slices):.1f} without)"
        what = "shared state, 10,000 clients, per request"
        return [
            Row(what, text, "", f"{more:.1f} µs", "≤ 5 µs", more <= 5.0),
            alone("· pushes per request", self.pushes, None, unit="", digits=2),
            alone("· CPU of the store, per request", self.store_us, None, unit="µs"),
        ]


async def _compare(folder: Path, url: str, pid: int, plan: Stretch) -> Cost:
    config, clock = a_config(folder), Clock(NOW)
    store = Store(url, secret=SECRET, clock=clock)
    sides = (Worker(config, Off()), Clock(NOW)), (Worker(config, store), clock)
    numbers = range(plan.people)
    off, on = (
        Shift(worker, [worker.visitor(address_of(n), n, NOW, cookie=True) for n in numbers], own)
        for worker, own in sides
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)  # as a worker has it
    await store.start()
    for shift in (off, on):
        await shift.work(plan.warm_s, WARM_UP)
    pushed, stored_s, served = store.figures().clients_pushed, cpu_s(pid), on.worker.served
    pairs = [(await off.work(plan.slice_s), await on.work(plan.slice_s)) for _ in range(plan.rounds)]
    requests = on.worker.served - served
    pushes = (store.figures().clients_pushed - pushed) / requests
    store_us = (cpu_s(pid) - stored_s) / requests * 1e6
    await store.close()
    return Cost(pairs, pushes, store_us)


def measure(folder: Path, plan: Stretch) -> list[Row]:
    """With a private store, as one is started where none is configured."""
    folder.mkdir()
    server = EmbeddedStore(folder / "store")
    started = server.start()
    if not started.url or server.pid is None:
        raise RuntimeError(started.reason)
    try:
        return uvloop.run(_compare(folder, started.url, server.pid, plan)).rows
    finally:
        server.stop()
