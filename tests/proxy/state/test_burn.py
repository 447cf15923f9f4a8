"""An id is spent once, in a full store as well; what was spent while it was away is told later."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest

from proxy.state import burn
from proxy.state.burn import LATEST_S, PERIOD_S, TOLD_AT_ONCE, Burned
from proxy.state.embedded import EmbeddedStore
from proxy.state.keys import TAGS, Names
from proxy.state.link import Link, Script, StoreFault, Word
from proxy.state.script import RING
from tests.support.stores import Clock, a_client, a_server, eventually, plain, run, workers

NOW = 1_790_000_000.0
LASTS_S = 600.0


class Shards(Link):
    """A store whose shard of the ids in `away` does not answer."""

    def __init__(self, *away: str, up: bool = True) -> None:
        super().__init__(None)
        self.up = up
        self.away = set(away)
        self.told: dict[object, object] = {}
        self.busy = self.busiest = 0

    async def run(self, script: Script, keys: Sequence[Word], arguments: Sequence[Word]) -> int:  # noqa: ARG002
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        if arguments[1] in self.away:
            raise StoreFault("this shard is away")
        self.told[arguments[1]] = arguments[-1]
        return 1


def spent_while_away(link: Shards, *ids: str) -> Burned:
    async def spend() -> Burned:
        up, link.up = link.up, False
        burned = Burned(link, Names("p:"), lambda: NOW)
        assert [await burned.burn(each, 60.0) for each in ids] == [True] * len(ids)
        link.up = up
        return burned

    return asyncio.run(spend())


def test_all_are_told_with_the_time_that_is_left():
    link = Shards()
    asyncio.run(spent_while_away(link, "a", "b").catch_up())

    assert link.told == {"a": 60_000, "b": 60_000}


def test_a_shard_that_is_away_keeps_no_id_from_the_others():
    link = Shards("b", "c")
    burned = spent_while_away(link, "a", "b", "c", "d")
    with pytest.raises(StoreFault):
        asyncio.run(burned.catch_up())
    first = set(link.told)
    link.away = set()
    asyncio.run(burned.catch_up())

    assert (first, set(link.told)) == ({"a", "d"}, set("abcd"))


def test_many_are_told_together_but_not_all_at_once():
    link = Shards()
    ids = [f"id {number}" for number in range(10 * TOLD_AT_ONCE)]
    asyncio.run(spent_while_away(link, *ids).catch_up())

    assert (set(link.told), link.busiest) == (set(ids), TOLD_AT_ONCE)


def test_a_store_that_is_away_as_a_whole_is_asked_once():
    ids = [f"id {number}" for number in range(3 * TOLD_AT_ONCE)]
    link = Shards(*ids, up=False)
    burned = spent_while_away(link, *ids)
    with pytest.raises(StoreFault):
        asyncio.run(burned.catch_up())

    assert (link.busiest, set(burned._untold)) == (TOLD_AT_ONCE, set(ids))


def test_one_that_ran_out_meanwhile_is_not_told():
    link = Shards(up=False)
    clock = Clock()

    async def scene() -> None:
        burned = Burned(link, Names("p:"), clock)
        await burned.burn("a", 60.0)
        clock.pass_(61.0)
        await burned.catch_up()

    asyncio.run(scene())

    assert link.told == {}


# With a real store.

SMALL_STORE = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[EmbeddedStore]:
    server = a_server(tmp_path_factory.mktemp("store"))
    yield server
    server.stop()


@pytest.fixture
def url(server: EmbeddedStore) -> str:
    with plain(server.url) as store:
        store.flushall()
    return server.url


@asynccontextmanager
async def another(url: str, clock: Callable[[], float]):
    """A worker that remembers nothing of what others spent."""
    link = Link(url)
    link.up = True
    try:
        yield Burned(link, Names("p:"), clock)
    finally:
        await link.close()


async def burned_by_another(url: str, clock: Callable[[], float], ttl_s: float, key: str = "id") -> bool:
    async with another(url, clock) as worker:
        return await worker.burn(key, ttl_s)


def test_a_flood_of_visitors_evicts_no_spent_challenge(url):
    async def scene():
        with plain(url) as operator:
            operator.config_set("maxmemory", SMALL_STORE)
            try:
                async with workers(url, 1) as (one,):
                    assert await one.burn("id", LASTS_S)
                    before = operator.info("stats")["evicted_keys"]
                    for start in range(0, 40_000, 2_000):
                        pipe = operator.pipeline(transaction=False)
                        for number in range(start, start + 2_000):
                            pipe.set(b"stile:2:{0}%024d" % number, bytes(500), px=60_000)
                        pipe.execute()
                    evicted = operator.info("stats")["evicted_keys"] - before
                async with workers(url, 1) as (two,):
                    again = await two.burn("id", LASTS_S)
            finally:
                operator.config_set("maxmemory", 256 * 1024 * 1024)

        assert (evicted > 10_000, again) == (True, False)

    run(scene())


def test_one_of_many_at_once_is_the_first(url):
    async def scene():
        async with workers(url, 4) as stores:
            for number in range(50):
                burned = await asyncio.gather(*[store.burn(f"id {number}", LASTS_S) for store in stores])

                assert sorted(burned) == [False, False, False, True]

    run(scene())


MOMENTS = {
    "the next moment": (LASTS_S, 0.5, LASTS_S - 0.5),
    "shortly before its end": (LASTS_S, LASTS_S - 1.0, 1.0),
    "by a clock that makes another period of it": (LASTS_S, 0.0, LASTS_S + PERIOD_S),
    "when it began with a long life": (2.0 * LATEST_S, 2.0 * LATEST_S - 60.0, 60.0),
    "with a long life left": (2.0 * LATEST_S, 1.0, 2.0 * LATEST_S - 1.0),
}


@pytest.mark.parametrize(("first_s", "later_s", "then_s"), MOMENTS.values(), ids=MOMENTS)
def test_it_is_spent_still(url, first_s, later_s, then_s):
    clock = Clock()

    async def scene():
        first = await burned_by_another(url, clock, first_s)
        clock.pass_(later_s)
        again = await burned_by_another(url, clock, then_s)

        assert (first, again) == (True, False)

    run(scene())


def test_what_is_over_is_deleted_by_any_worker_and_so_is_an_old_snapshot_s(url):
    clock = Clock()

    async def scene():
        with plain(url) as store:
            async with another(url, clock) as spender:
                for number in range(200):
                    await spender.burn(f"id {number}", LASTS_S)
                kept = store.dbsize()
                clock.pass_(LASTS_S + 3.0 * PERIOD_S)
                for _ in range(TAGS):
                    clock.pass_(PERIOD_S / TAGS)
                    await spender._clear()

            assert (kept > TAGS // 2, store.keys("*")) == (True, [])

    run(scene())


def test_a_name_of_the_ring_is_used_again(url):
    clock = Clock()

    async def scene():
        for _ in range(3 * RING):
            assert [await burned_by_another(url, clock, LASTS_S) for _ in range(2)] == [True, False]
            clock.pass_(LASTS_S + 3.0 * PERIOD_S)
        with plain(url) as store:
            assert store.dbsize() <= RING

    run(scene())


def test_a_hash_holds_no_more_than_the_most(url, monkeypatch):
    monkeypatch.setattr(burn, "SPEND", burn.SPEND.replace("<= 4000", "<= 0"))
    clock = Clock()

    async def scene():
        both = [await burned_by_another(url, clock, LASTS_S) for _ in range(2)]
        with plain(url) as store:
            (own,) = [name for name in store.keys("*") if store.type(name) == b"string"]

            assert (both, store.pttl(own) > 0) == ([True, False], True)

    run(scene())


FOREIGN = ["SET", "RPUSH", "HSET"]


@pytest.mark.parametrize("how", FOREIGN)
def test_a_foreign_key_in_its_place_is_replaced(url, how):
    clock = Clock()

    async def scene():
        names = Names("p:")
        with plain(url) as store:
            for tag in range(TAGS):
                for place in [*range(RING), "id"]:
                    words = ["#period", "foreign"] if how == "HSET" else ["foreign"]
                    if place != "id" or how == "RPUSH":
                        store.execute_command(how, names.tagged(tag, f"spent:{place}"), *words)
        both = [await burned_by_another(url, clock, LASTS_S) for _ in range(2)]

        assert both == [True, False]

    run(scene())


def test_who_solved_a_challenge_waits_a_quarter_of_a_second_for_a_paused_store(server, url):
    async def scene():
        async with workers(url, 1) as (one,):
            os.kill(server.pid, signal.SIGSTOP)
            try:
                began = time.monotonic()
                first = await one.burn("id", LASTS_S)
                took_s = time.monotonic() - began
            finally:
                os.kill(server.pid, signal.SIGCONT)

            assert (first, 0.2 < took_s < 0.4) == (True, True)
            assert await eventually(lambda: not one._burned._untold)
            assert not await burned_by_another_worker(url)

    run(scene())


async def burned_by_another_worker(url: str) -> bool:
    async with workers(url, 1) as (other,):
        return await other.burn("id", LASTS_S)


def test_rounds_go_on_while_many_spent_challenges_are_told(url):
    async def scene():
        async with workers(url, 1) as (one,):
            until = time.time() + LASTS_S
            one._burned._untold.update(dict.fromkeys([f"id {number}" for number in range(20_000)], until))
            one._burned.wake()
            await asyncio.sleep(0.01)
            one.hurry(a_client("203.0.113.7", 1))
            shared = await eventually(lambda: one.figures().clients_pushed == 1, 0.2)
            waiting = bool(one._burned._untold)
            told = await eventually(lambda: not one._burned._untold, 10.0)

            assert (shared, waiting, told) == (True, True, True)

    run(scene())
