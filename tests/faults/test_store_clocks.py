"""Nodes whose clocks differ by five seconds either way: nothing is off by more than that."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import cycle

import pytest

from detectors.visit import Ban
from proxy.state.keys import TAGS
from proxy.state.push import TURN_S
from proxy.state.store import Store
from tests.support.sharing import Worker
from tests.support.stores import NOW, PAGE, Clock, a_server, eventually, plain, run

KEY = "203.0.113.7"
OFFSETS = (5.0, -5.0)
BUCKET_S = 10.0
A_SECOND = 2  # requests
SILENCE_S = {"10s": 10.0, "1m": 60.0, "10m": 600.0}
PERIOD_S = 600.0  # of spent challenges, kept together


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[str]:
    server = a_server(tmp_path_factory.mktemp("state"))
    yield server.url
    server.stop()


@pytest.fixture
def url(running: str) -> str:
    with plain(running) as operator:
        operator.flushall()
    return running


@asynccontextmanager
async def stores(url: str, clock: Clock, **settings) -> AsyncIterator[list[Store]]:
    """Two stores whose clocks differ by ten seconds."""
    found = [Store(url, clock=clock.ahead(offset), **settings) for offset in OFFSETS]
    try:
        for store in found:
            await store.start()
        yield found
    finally:
        for store in found:
            await store.close()


@asynccontextmanager
async def at_work(url: str, clock: Clock, **settings) -> AsyncIterator[list[Worker]]:
    found = [Worker(url, clock.ahead(offset), **settings) for offset in OFFSETS]
    try:
        yield found
    finally:
        for worker in found:
            await worker.close()


async def come(worker: Worker, requests: int = 1) -> None:
    """The client comes to this worker, which shares it at once."""
    client = await worker.client(KEY)
    for _ in range(requests):
        client.arrive(PAGE, worker.clock())
    await worker.share(client)


def test_windows_are_right_within_one_bucket(url):
    async def scene():
        clock = Clock(NOW + 3.0)
        async with at_work(url, clock) as found:
            off: dict[str, float] = dict.fromkeys(SILENCE_S, 0.0)
            for second, worker in zip(range(1300), cycle(found)):
                await come(worker, A_SECOND)
                clock.pass_(1.0)
                for window, width_s in SILENCE_S.items():
                    if second > 2.0 * width_s:
                        for each in found:
                            rate = (await each.client(KEY)).rate(window, each.clock())
                            off[window] = max(off[window], abs(rate - A_SECOND * width_s))

            assert max(off.values()) <= A_SECOND * (BUCKET_S + 1.0), off

    run(scene())


def test_windows_run_empty_in_time(url):
    async def scene():
        clock = Clock()
        async with at_work(url, clock) as found:
            for _, worker in zip(range(20), cycle(found)):
                await come(worker)
            for worker in found:
                await come(worker)  # so that each heard of all
            clients = [await worker.client(KEY) for worker in found]
            for window, width_s in SILENCE_S.items():
                clock.now = NOW + 2.0 * width_s + BUCKET_S + 5.0

                assert [c.rate(window, w.clock()) for c, w in zip(clients, found, strict=True)] == [0.0, 0.0]

    run(scene())


def test_all_that_was_counted_is_there_once_whatever_the_clocks_say(url):
    async def scene():
        clock = Clock()
        async with at_work(url, clock) as found:
            for number, worker in zip(range(40), cycle(found)):
                worker.link.loses = number % 3 == 0
                await come(worker)
                clock.pass_(2.5)
            for worker in (*found, *found):
                worker.link.loses = 0
                await come(worker)
            totals = [(await worker.client(KEY)).requests for worker in found]
            late = Worker(url, clock)
            stored = (await late.client(KEY)).requests
            await late.close()

            assert (max(totals), stored) == (44, 44)

    run(scene())


@pytest.mark.parametrize("left_s", [6.0, 4.0, -4.0, -6.0])
def test_a_ban_ends_for_nobody_more_than_five_seconds_early_or_late(url, left_s):
    async def scene():
        clock = Clock()
        async with stores(url, clock) as (ahead, behind):
            await ahead.publish_order(Ban(KEY, NOW + 60.0, "scraper"))
            assert await eventually(lambda: behind.ban_for(KEY, "") is not None)
            clock.now = NOW + 60.0 - left_s
            in_force = [store.ban_for(KEY, "") is not None for store in (ahead, behind)]

            assert in_force == [left_s > 5.0, left_s > -5.0]

    run(scene())


def test_who_starts_while_others_think_that_a_ban_is_over_may_miss_its_last_seconds_only(url):
    async def scene():
        clock = Clock()
        async with stores(url, clock) as (ahead, behind):
            await ahead.publish_order(Ban(KEY, NOW + 60.0, "scraper"))
            assert await eventually(lambda: behind.ban_for(KEY, "") is not None)
            for left_s in (5.5, 4.5):
                clock.now = NOW + 60.0 - left_s
                async with stores(url, clock) as (_, newcomer):  # the first of them clears what is over
                    heard = newcomer.ban_for(KEY, "") is not None

                    assert (heard, behind.ban_for(KEY, "") is not None) == (left_s > 5.0, True)

    run(scene())


@pytest.mark.parametrize("first", [0, 1])
def test_a_challenge_is_spent_once_where_clocks_place_it_in_two_periods(url, first):
    async def scene():
        clock = Clock(NOW - NOW % PERIOD_S + PERIOD_S - 60.0)
        async with stores(url, clock) as found:
            one, other = found[first], found[1 - first]
            await eventually(lambda: not one.degraded and not other.degraded)
            burned = [await one.burn("id", 60.0), await other.burn("id", 60.0), await one.burn("id", 60.0)]

            assert burned == [True, False, False]

    run(scene())


@pytest.mark.parametrize("seconds", [-86_400.0, -5.0, 5.0, 86_400.0])
def test_a_clock_that_is_set_delays_the_quiet_by_no_more_than_a_turn(url, seconds):
    async def scene():
        clock = Clock()
        async with at_work(url, clock) as (one, _):
            await one.push.round()
            client = await one.client(KEY)
            client.share_at = client.share_at_page = 1_000
            client.arrive(PAGE, one.clock())
            one.push.touch(client)
            clock.pass_(seconds)
            for _ in range(TAGS + 2):
                await one.push.round()
                clock.pass_(TURN_S / TAGS)

            assert one.push.clients_pushed == 1

    run(scene())


# Names that rotate: for ten seconds the two workers call a client by different names (in a cluster those
# who wait in the wheel keep theirs until its turn). Each gives what it knows to the new name, and of what
# two workers know apart only the larger counts stay.

ROTATION_S = 3600.0
BORDER = NOW - NOW % ROTATION_S + ROTATION_S
LAST = 10  # requests before the border of which the other worker has not heard


@pytest.mark.parametrize("lanes", [1, TAGS])
@pytest.mark.parametrize("between", [(0, 0), (4, 0), (0, 3), (4, 3), (20, 3)])
def test_at_the_border_of_two_periods_the_smaller_part_of_what_is_known_apart_is_missed(url, lanes, between):
    async def scene():
        clock = Clock(BORDER - 60.0)
        async with at_work(url, clock, lanes=lanes, rotation_s=ROTATION_S) as found:
            for worker in (*found, *found):
                await come(worker, LAST)
            clock.now = BORDER  # the first is in the new period, the second will be in five seconds
            for worker, requests in zip(found, between, strict=True):
                if requests:
                    await come(worker, requests)
                else:
                    await worker.push.round()
            names = {worker.names.of(KEY) for worker in found}
            clock.now = BORDER + 60.0
            for worker in found:
                await worker.share_everything()
            for worker in (*found, *found):
                await come(worker)
            late = Worker(url, clock, lanes=lanes, rotation_s=ROTATION_S)
            stored = (await late.client(KEY)).requests
            same = {worker.names.of(KEY) for worker in (*found, late)}
            await late.close()
            truth = 4 * LAST + sum(between) + 4
            apart = between[0] + 1, between[1] + LAST

            assert (len(names), len(same)) == (2, 1)
            assert truth - min(apart) <= stored <= truth

    run(scene())
