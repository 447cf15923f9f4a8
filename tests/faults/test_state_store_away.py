"""The shop does not notice when the state store is absent, killed, paused, full or back again."""

import asyncio
import os
import signal

import pytest

from detectors.visit import Ban
from proxy.state.embedded import EmbeddedStore
from tests.support.stores import PAGE, a_client, a_server, eventually, plain, pushed, run, sight, workers

FOREVER = float("inf")
BOUND_S = 0.05  # ten times the time-out, for a machine that does other things as well


@pytest.fixture
def server(tmp_path):
    server = a_server(tmp_path / "state")
    yield server
    server.stop()


def kill(server: EmbeddedStore) -> None:
    os.kill(server.pid, signal.SIGKILL)


def test_a_store_absent_at_the_start_is_found_later(tmp_path):
    server = EmbeddedStore(tmp_path / "state")

    async def scene():
        async with workers(server.url, 1) as (store,):
            before = store.degraded, bool(store.fault)
            server.start()
            found = await eventually(lambda: not store.degraded)

            assert (before, found, store.fault) == ((True, True), True, "")

    try:
        run(scene())
    finally:
        server.stop()


def test_a_killed_store_degrades_and_a_restarted_one_recovers(server):
    async def scene():
        changes = []
        async with workers(server.url, 1, report=lambda up, _: changes.append(up)) as (store,):
            await eventually(lambda: changes == [True])
            kill(server)
            noticed = await eventually(lambda: store.degraded)
            server.restart()
            recovered = await eventually(lambda: not store.degraded)
            await eventually(lambda: len(changes) == 3)

            assert (noticed, recovered, changes) == (True, True, [True, False, True])

    run(scene())


def test_first_sights_are_answered_at_once_while_the_store_is_gone(server):
    async def scene():
        async with workers(server.url, 1) as (store,):
            kill(server)
            await eventually(lambda: store.degraded)

            assert max([await sight(store, a_client(f"c{number}")) for number in range(50)]) < 0.005

    run(scene())


def test_counts_made_while_the_store_was_gone_are_shared_after_it(server):
    async def scene():
        async with workers(server.url, 2) as (one, two):
            ours = a_client(requests=5)
            kill(server)
            await eventually(lambda: one.degraded)
            one.hurry(ours)
            server.restart()
            assert await eventually(lambda: one.figures().clients_pushed == 1)
            theirs = a_client(requests=1)
            await eventually(lambda: not two.degraded)
            await sight(two, theirs)

            assert theirs.requests == 6

    run(scene())


def test_a_store_that_lost_everything_is_told_again(server):
    async def scene():
        async with workers(server.url, 2) as (one, two):
            ours, theirs = a_client(requests=30), a_client(requests=20)
            for store, client in ((one, ours), (two, theirs), (one, ours)):
                client.arrive(PAGE, client.last_seen)
                await pushed(store, client)
            with plain(server.url) as operator:
                operator.flushall()
            for store, client in ((one, ours), (two, theirs)):
                client.arrive(PAGE, client.last_seen)
                await pushed(store, client)

            assert (theirs.requests, two.figures().seeded) == (55, 1)

    run(scene())


def test_a_paused_store_delays_no_first_sight_beyond_the_bound(server):
    async def scene():
        async with workers(server.url, 1) as (store,):
            os.kill(server.pid, signal.SIGSTOP)
            try:
                slowest = 0.0
                for number in range(100):
                    slowest = max(slowest, await sight(store, a_client(f"c{number}")))
                    await asyncio.sleep(0.02)
            finally:
                os.kill(server.pid, signal.SIGCONT)

            assert slowest < BOUND_S

    run(scene())


def test_a_paused_store_is_noticed_and_used_again_afterwards(server):
    async def scene():
        async with workers(server.url, 1) as (store,):
            client = a_client(requests=3)
            os.kill(server.pid, signal.SIGSTOP)
            store.hurry(client)
            noticed = await eventually(lambda: store.degraded)
            os.kill(server.pid, signal.SIGCONT)
            recovered = await eventually(lambda: not store.degraded and store.figures().clients_pushed == 1)
            fresh = a_client()
            await sight(store, fresh)

            assert (noticed, recovered, fresh.requests) == (True, True, 3)

    run(scene())


def test_a_challenge_burns_once_per_worker_while_the_store_is_gone(server):
    async def scene():
        async with workers(server.url, 1) as (store,):
            kill(server)
            await eventually(lambda: store.degraded)

            assert [await store.burn("id", 60.0) for _ in range(2)] == [True, False]

    run(scene())


def test_what_was_burned_alone_is_burned_for_all_after_the_recovery(server):
    async def scene():
        async with workers(server.url, 2) as (one, two):
            kill(server)
            await eventually(lambda: one.degraded)
            await one.burn("id", 60.0)
            server.restart()
            with plain(server.url) as operator:
                await eventually(lambda: not one.degraded and any(operator.scan_iter("*spent:*")))
            await eventually(lambda: not two.degraded)

            assert not await two.burn("id", 60.0)

    run(scene())


def test_orders_given_while_a_worker_heard_nothing_reach_it_afterwards(server):
    async def scene():
        async with workers(server.url, 1) as (store,):
            kill(server)
            await eventually(lambda: store.degraded)
            server.restart()
            async with workers(server.url, 1) as (admin,):
                await admin.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))

                assert await eventually(lambda: store.ban_for("203.0.113.7", "") is not None)

    run(scene())


def test_a_store_without_memory_for_more_degrades_and_recovers(server):
    async def scene():
        with plain(server.url) as operator:
            async with workers(server.url, 1) as (store,):
                client = a_client(requests=3)
                operator.config_set("maxmemory-policy", "noeviction")
                operator.config_set("maxmemory", "1")
                store.hurry(client)
                noticed = await eventually(lambda: store.degraded)
                operator.config_set("maxmemory", "0")
                recovered = await eventually(
                    lambda: not store.degraded and store.figures().clients_pushed == 1
                )
                fresh = a_client()
                await sight(store, fresh)

                assert (noticed, recovered, fresh.requests) == (True, True, 3)

    run(scene())


def test_a_read_only_replica_degrades_until_it_is_promoted(server):
    async def scene():
        with plain(server.url) as operator:
            async with workers(server.url, 1) as (store,):
                client = a_client(requests=3)
                operator.replicaof("127.0.0.1", "1")
                store.hurry(client)
                noticed = await eventually(lambda: store.degraded)
                operator.replicaof("NO", "ONE")
                recovered = await eventually(lambda: store.figures().clients_pushed == 1)

                assert (noticed, recovered) == (True, True)

    run(scene())


def test_a_wrong_password_is_named_as_the_reason(server):
    async def scene():
        with plain(server.url) as operator:
            operator.config_set("requirepass", "right")
            async with workers(server.url.replace("unix://", "unix://:wrong@"), 1) as (store,):
                await eventually(lambda: "password" in store.fault)

                assert store.fault.endswith("WRONGPASS invalid username-password pair or user is disabled.")

    run(scene())


def test_a_store_that_forgot_the_script_is_given_it_again(server):
    async def scene():
        with plain(server.url) as operator:
            async with workers(server.url, 1) as (store,):
                operator.script_flush()
                store.hurry(a_client(requests=3))

                assert await eventually(lambda: store.figures().clients_pushed == 1, within_s=0.5)

    run(scene())


UNREACHABLE = {
    "no such host": "redis://no-such-host.invalid:6379/0",
    "nothing listens": "redis://127.0.0.1:1/0",
    "no such socket": "unix:///nonexistent/store.sock",
}


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=UNREACHABLE)
def test_an_unreachable_store_never_raises(url):
    async def scene():
        async with workers(url, 1) as (store,):
            store.touch(a_client(requests=1))
            await sight(store, a_client())
            burned = await store.burn("id", 60.0)
            ordered = await store.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))

            assert (store.degraded, burned, ordered, store.ban_for("203.0.113.7", "") is not None) == (
                True,
                True,
                False,
                True,
            )

    run(scene())
