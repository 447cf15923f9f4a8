import asyncio
import time

import pytest

from config.cel.limits import Limit
from config.decision import Mode
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.memory import LAYOUT
from detectors.visit import Ban
from proxy.state.burn import PERIOD_S
from proxy.state.embedded import EmbeddedStore
from proxy.state.orders import Lift, ModeOrder, mode_name
from proxy.state.push import TURN_S
from proxy.state.store import Store
from tests.support.stores import (
    NOW,
    PAGE,
    Clock,
    a_client,
    a_server,
    eventually,
    plain,
    pushed,
    run,
    sight,
    workers,
)

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
            for _ in range(2):
                for store, client in zip(stores, clients, strict=True):
                    client.arrive(PAGE, NOW)
                    await pushed(store, client)

            assert [client.requests for client in clients] == [64, 65, 66]

    run(scene())


def test_a_quiet_client_is_shared_when_its_turn_comes(url):
    async def scene():
        clock = Clock()
        async with workers(url, 1, clock=clock) as (store,):
            client = a_client(requests=1)
            await sight(store, client)
            store.touch(client)
            await asyncio.sleep(0.15)
            early = store.figures().clients_pushed
            for _ in range(2):
                clock.pass_(0.6 * TURN_S)
                await asyncio.sleep(0.15)

            assert early == 0
            assert await eventually(lambda: store.figures().clients_pushed == 1)

    run(scene())


def test_a_client_near_a_limit_is_shared_with_the_next_round(url):
    async def scene():
        async with workers(url, 1, clock=Clock()) as (store,):
            store.pace_by({("shop", "ip"): (Limit("ip", "requests", "1m", "", 60.0),)})
            client = a_client("shop/203.0.113.7", requests=55)
            await sight(store, client)
            client.arrive(PAGE, NOW)
            store.touch(client)

            assert await eventually(lambda: store.figures().clients_pushed == 1, within_s=0.3)

    run(scene())


def test_a_crowd_is_shared_as_its_members_are(url):
    async def scene():
        async with workers(url) as (one, two):
            crowds = [Crowd("shop/n=203.0.113.0/24", NOW) for _ in range(2)]
            for store, crowd in zip((one, two), crowds, strict=True):
                member = a_client("shop/203.0.113.7", requests=3)
                member.subnet = crowd
                for _ in range(3):
                    crowd.arrive(NOW, page=True)
                await pushed(store, member)
                await pushed(store, crowd)

            assert (crowds[1].requests, crowds[1].count("pages"), crowds[1].rate("1m", NOW)) == (6, 6, 6)

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
        clock = Clock()
        async with workers(url, clock=clock) as (one, two):
            await one.burn("id", 60.0)
            clock.pass_(60.0 + 3 * PERIOD_S)

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
                left = client.hkeys(f"stile:{LAYOUT}:orders")

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


def test_what_is_stored_does_not_tell_the_address(url):
    async def scene():
        async with workers(url, 1, secret=b"known to the workers alone") as (store,):
            await pushed(store, a_client("shop/203.0.113.7", requests=3))
        with plain(url) as client:
            stored = b"".join(key + client.dump(key) for key in client.keys("*"))

        assert b"203.0.113" not in stored

    run(scene())


def test_workers_with_another_secret_share_no_client(url):
    async def scene():
        async with workers(url, 1, secret=b"one") as (one,), workers(url, 1, secret=b"two") as (two,):
            await pushed(one, a_client(requests=3))
            client = a_client()
            await sight(two, client)

            assert client.requests == 0

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
