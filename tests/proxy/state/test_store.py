import asyncio
import time

import pytest

from config.decision import Mode
from detectors.visit import Ban
from proxy.state.embedded import EmbeddedStore
from proxy.state.orders import Lift, ModeOrder, mode_name
from proxy.state.store import Store
from tests.support.stores import NOW, PAGE, a_client, a_server, eventually, plain, pushed, run, sight, workers

FOREVER = float("inf")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = a_server(tmp_path_factory.mktemp("state"))
    yield server
    server.stop()


@pytest.fixture
def url(running: EmbeddedStore) -> str:
    with plain(running.url) as client:
        client.flushall()
    return running.url


def test_what_one_worker_counted_another_sees_at_first_sight(url):
    async def scene():
        async with workers(url) as (one, two):
            ours, theirs = a_client(requests=5), a_client(requests=1)
            await pushed(one, ours)
            await sight(two, theirs)

            assert (theirs.requests, theirs.rate("1m", NOW), theirs.known) == (6, 6.0, True)

    run(scene())


def test_workers_that_share_a_client_come_to_the_same_counts(url):
    async def scene():
        async with workers(url, 3) as stores:
            clients = [a_client(requests=0) for _ in stores]
            for _ in range(20):
                for store, client in zip(stores, clients, strict=True):
                    client.arrive(PAGE, NOW)
                    store.touch(client)
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)

            for _ in range(2):
                for store, client in zip(stores, clients, strict=True):
                    client.arrive(PAGE, NOW)
                    await pushed(store, client)

            assert [client.requests for client in clients] == [64, 65, 66]

    run(scene())


def test_a_quiet_client_is_shared_within_a_few_seconds(url):
    async def scene():
        async with workers(url, 1) as (store,):
            store.touch(a_client(requests=1))

            assert await eventually(lambda: store.figures().clients_pushed == 1, within_s=4.0)

    run(scene())


def test_a_busy_client_is_shared_with_the_next_round(url):
    async def scene():
        async with workers(url, 1) as (store,):
            client = a_client(requests=9)
            for _ in range(9):
                store.touch(client)

            assert await eventually(lambda: store.figures().clients_pushed == 1, within_s=0.3)

    run(scene())


def test_many_first_sights_of_one_tick_are_all_answered(url):
    async def scene():
        async with workers(url, 2) as (one, two):
            for number in range(700):
                one.hurry(a_client(f"client-{number}", requests=2))
            assert await eventually(lambda: one.figures().clients_pushed == 700)
            clients = [a_client(f"client-{number}") for number in range(700)]
            answers = []
            for client in clients:
                two.first_sight(client, lambda: answers.append(1))
            await eventually(lambda: len(answers) == 700 and two.figures().loads == 700)

            assert (len(answers), {client.requests for client in clients}) == (700, {2})

    run(scene())


def test_a_client_that_nobody_knows_keeps_what_it_counted(url):
    async def scene():
        async with workers(url, 1) as (store,):
            client = a_client(requests=2)
            await sight(store, client)

            assert (client.requests, client.known) == (2, True)

    run(scene())


def test_a_callback_that_fails_keeps_no_other_from_being_called(url):
    async def scene():
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with workers(url, 1) as (store,):
            store.first_sight(a_client("one"), lambda: 1 / 0)

            assert await sight(store, a_client("two")) < 1.0

    run(scene())


def test_a_challenge_burns_once_on_all_workers(url):
    async def scene():
        async with workers(url) as (one, two):
            answers = await asyncio.gather(*(store.burn("id", 60.0) for store in (one, two, one, two)))

            assert sorted(answers) == [False, False, False, True]

    run(scene())


def test_a_burned_challenge_is_forgotten_after_its_time(url):
    async def scene():
        async with workers(url) as (one, two):
            await one.burn("id", 0.05)
            await asyncio.sleep(0.1)

            assert await two.burn("id", 60.0)

    run(scene())


def test_a_ban_reaches_another_worker_within_a_quarter_of_a_second(url):
    async def scene():
        async with workers(url) as (one, two):
            began = time.monotonic()
            await one.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))
            assert await eventually(lambda: two.ban_for("203.0.113.7", "s=x") is not None)

            assert time.monotonic() - began < 0.25

    run(scene())


def test_an_unban_reaches_another_worker_within_a_quarter_of_a_second(url):
    async def scene():
        async with workers(url) as (one, two):
            await one.publish_order(Ban("10.0.0.0/8", FOREVER, "scrapers"))
            assert await eventually(lambda: two.ban_for("10.1.2.3", "s=x") is not None)
            began = time.monotonic()
            await two.publish_order(Lift("10.0.0.0/8"))
            assert await eventually(lambda: one.ban_for("10.1.2.3", "s=x") is None)

            assert time.monotonic() - began < 0.25

    run(scene())


def test_a_worker_that_starts_later_knows_the_orders(url):
    async def scene():
        async with workers(url, 1) as (early,):
            await early.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))
            await early.publish_order(ModeOrder("shop", Mode.MONITOR, FOREVER))
            async with workers(url, 1) as (late,):
                ban = late.ban_for("203.0.113.7", "s=x")

                assert (ban, late.mode_of("shop", Mode.ENFORCE)) == (
                    Ban("203.0.113.7", FOREVER, "scraper"),
                    Mode.MONITOR,
                )

    run(scene())


def test_a_mode_is_ordered_and_lifted_everywhere(url):
    async def scene():
        async with workers(url) as (one, two):
            await one.publish_order(ModeOrder("*", Mode.MONITOR, FOREVER))
            ordered = await eventually(lambda: two.mode_of("shop", Mode.ENFORCE) is Mode.MONITOR)
            await one.publish_order(Lift(mode_name()))
            lifted = await eventually(lambda: two.mode_of("shop", Mode.ENFORCE) is Mode.ENFORCE)

            assert (ordered, lifted) == (True, True)

    run(scene())


def test_orders_that_ran_out_leave_the_store(url):
    async def scene():
        async with workers(url, 1) as (store,):
            await store.publish_order(Ban("203.0.113.7", time.time() - 1.0, "over"))
        async with workers(url, 1):
            with plain(url) as client:
                left = client.hkeys("stile:1:orders")

        assert left == [b"#edition"]

    run(scene())


def test_closing_shares_what_was_not_yet_shared(url):
    async def scene():
        async with workers(url, 1) as (one,):
            one.touch(a_client(requests=3))
        async with workers(url, 1) as (two,):
            client = a_client()
            await sight(two, client)

            assert client.requests == 3

    run(scene())


def test_two_prefixes_share_nothing(url):
    async def scene():
        async with workers(url, 1, prefix="a:") as (one,), workers(url, 1, prefix="b:") as (two,):
            await one.burn("id", 60.0)

            assert await two.burn("id", 60.0)

    run(scene())


def test_without_any_store_local_memory_decides():
    async def scene():
        async with workers(None, 1) as (store,):
            await store.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))
            first, second = await store.burn("id", 60.0), await store.burn("id", 60.0)
            waited_s = await sight(store, a_client())

            assert (store.degraded, first, second, store.ban_for("203.0.113.7", "") is not None) == (
                True,
                True,
                False,
                True,
            )
            assert waited_s < 0.005

    run(scene())


def test_a_store_that_was_never_started_can_be_closed():
    async def scene():
        await Store(None).close()

    run(scene())
