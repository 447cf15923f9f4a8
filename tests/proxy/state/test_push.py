"""What is pushed arrives once: in its turn, at once near a limit, and again after a fault."""

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from config.cel.limits import Limit
from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.step import step_of
from proxy.state.keys import TAGS
from proxy.state.pace import Limits
from proxy.state.push import BATCH, MAX_QUEUED, NEVER, TURN_S
from tests.support.requests import a_request
from tests.support.sharing import Worker
from tests.support.stores import NOW, PAGE, Clock, a_client, a_server, plain, run, sight, workers

KEY = "shop/203.0.113.7"
IMAGE = step_of(a_request("/images/7.jpg"))
MOST = 60
LIMITS: Limits = {("shop", "ip"): (Limit("ip", "requests", "1m", "", float(MOST)),)}


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[str]:
    server = a_server(tmp_path_factory.mktemp("state"))
    yield server.url
    server.stop()


@pytest.fixture
def url(running: str) -> str:
    with plain(running) as client:
        client.flushall()
    return running


@asynccontextmanager
async def at_work(url: str, count: int = 2, **settings: Any):
    """So many workers with one clock."""
    clock = Clock()
    found = [Worker(url, clock, **settings) for _ in range(count)]
    try:
        yield found
    finally:
        for worker in found:
            await worker.close()


def test_what_one_shared_the_other_knows(url):
    async def scene():
        async with at_work(url) as (one, two):
            ours = a_client(KEY, requests=5)
            await one.share(ours)

            assert ((await two.client(KEY)).requests, len(one.push)) == (5, 1)

    run(scene())


def test_a_quiet_client_waits_for_its_turn(url):
    async def scene():
        async with at_work(url, 1) as (one,):
            client = await one.client(KEY)
            client.arrive(PAGE, NOW)
            one.push.touch(client)
            rounds = []
            for _ in range(2 * TAGS):
                rounds.append(await one.push.round())
                one.clock.pass_(TURN_S / TAGS)

            assert (sum(rounds), sum(rounds[: TAGS + 2])) == (1, 1)

    run(scene())


@pytest.mark.parametrize("lanes", [1, TAGS])
def test_the_quiet_are_shared_evenly_over_the_turn(url, lanes):
    async def scene():
        async with at_work(url, 1, lanes=lanes) as (one,):
            largest = 0
            for number in range(500):
                client = await one.client(f"shop/10.0.{number >> 8}.{number & 255}")
                client.arrive(PAGE, NOW)
                one.push.touch(client)
                if number % 8 == 0:
                    largest = max(largest, await one.push.round())
                    one.clock.pass_(TURN_S / TAGS)
            for _ in range(TAGS + 2):
                largest = max(largest, await one.push.round())
                one.clock.pass_(TURN_S / TAGS)

            assert (one.push.clients_pushed, len(one.push), largest < 40) == (500, 0, True)

    run(scene())


def test_the_clients_of_a_call_to_a_cluster_share_a_tag_whatever_their_names(url):
    async def scene():
        async with at_work(url, 1, lanes=TAGS, rotation_s=3600.0) as (one,):
            clients = [await one.client(f"client-{number}") for number in range(200)]
            for _ in range(3):
                for client in clients:
                    client.arrive(PAGE, NOW)
                    one.push.touch(client)
                one.clock.pass_(3600.0)
                await one.share(*clients[:50])
            await one.share_everything()
            tags = [{one.names.tag_of(key) for key in keys} for keys, _ in one.link.calls]

            assert {len(each) for each in tags} == {1}

    run(scene())


def test_a_clock_that_was_set_turns_the_wheel_on(url):
    async def scene():
        async with at_work(url, 1) as (one,):
            await one.push.round()
            client = await one.client(KEY)
            client.arrive(PAGE, NOW)
            one.push.touch(client)
            one.clock.pass_(-86_400.0)
            for _ in range(TAGS + 2):
                await one.push.round()
                one.clock.pass_(TURN_S / TAGS)

            assert one.push.clients_pushed == 1

    run(scene())


def test_a_client_far_from_every_limit_is_not_hurried(url):
    async def scene():
        async with at_work(url, 1, limits=LIMITS) as (one,):
            session = await one.client("shop/s=abc")
            for _ in range(500):
                session.arrive(PAGE, NOW)
                one.push.touch(session)

            assert await one.push.round() <= 1

    run(scene())


def test_batches_are_bounded_and_all_arrive(url):
    async def scene():
        async with at_work(url, 1) as (one,):
            clients = [a_client(f"client-{number}", requests=2) for number in range(5 * BATCH + 1)]
            await one.share(*clients)
            sizes = [len(keys) - 1 for keys, _ in one.link.calls]

            assert (sum(sizes), max(sizes)) == (5 * BATCH + 1, BATCH)

    run(scene())


FAULTS = {"refused": (3, 0), "lost": (0, 3), "refused, then lost": (2, 2)}


@pytest.mark.parametrize(("refuses", "loses"), FAULTS.values(), ids=FAULTS)
def test_a_fault_loses_nothing_and_counts_nothing_twice(url, refuses, loses):
    async def scene():
        async with at_work(url) as (one, two):
            clients = [a_client(f"client-{number}", requests=2) for number in range(2 * BATCH)]
            one.link.refuses, one.link.loses = refuses, loses
            shared = await one.share(*clients)
            for client in clients[::3]:
                client.arrive(PAGE, NOW)
                one.push.touch(client)
            await one.share_everything()
            theirs = [(await two.client(client.key)).requests for client in clients]

            assert (shared, theirs) == (False, [client.requests for client in clients])

    run(scene())


def test_a_batch_whose_answer_was_lost_is_sent_again_under_the_same_number(url):
    async def scene():
        async with at_work(url, 1) as (one,):
            one.link.loses = 1
            client = a_client(KEY, requests=2)
            await one.share(client)
            client.arrive(PAGE, NOW)
            await one.share(client)
            first, again, new = one.link.calls

            assert (first == again, again[1][0] < new[1][0]) == (True, True)

    run(scene())


def test_a_store_that_lost_everything_is_given_its_past_back(url):
    async def scene():
        async with at_work(url, 3) as (one, two, three):
            for worker in (one, two, one):
                client = await worker.client(KEY)
                for _ in range(10):
                    client.arrive(PAGE, NOW, "home")
                await worker.share(client)
            with plain(url) as operator:
                operator.flushall()
            client = await one.client(KEY)
            client.arrive(PAGE, NOW, "home")
            await one.share(client)
            late = await three.client(KEY)

            assert (late.requests, late.rate("1m", NOW), late.rate("1m", NOW, "home")) == (31, 31, 31)
            assert one.push.seeded == 1

    run(scene())


def test_counts_follow_a_client_into_the_next_period_of_names(url):
    async def scene():
        async with at_work(url, rotation_s=3600.0) as (one, two):
            client = await one.client(KEY)
            client.arrive(PAGE, NOW)
            await one.share(client)
            await one.share_everything()
            one.clock.pass_(3600.0)
            await two.push.round()
            await one.push.round()
            client.arrive(PAGE, one.clock())
            await one.share(client)

            assert (await two.client(KEY)).requests == 2

    run(scene())


def test_members_tell_their_crowds_when_they_are_shared(url):
    async def scene():
        async with at_work(url) as (one, two):
            for worker in (one, two):
                crowd, member = Crowd("shop/n=203.0.113.0/24", NOW), a_client(KEY, requests=3)
                member.subnet = crowd
                await worker.meet(crowd)
                for _ in range(3):
                    crowd.arrive(NOW, page=True)
                await worker.share(member)
                await worker.share_everything()

            assert (crowd.count("requests"), crowd.count("pages"), crowd.page_rate("1m", NOW)) == (6, 6, 6)

    run(scene())


def test_in_a_flood_those_who_hardly_count_are_not_shared(url):
    async def scene():
        async with at_work(url, 1) as (one,):
            for number in range(MAX_QUEUED + 10):
                client = Client(f"forged-{number}", NOW)
                client.requests = 1
                client.share_at = 100
                one.push.touch(client)
            regular = a_client(KEY, requests=20)
            one.push.touch(regular)

            assert (len(one.push), one.push.dropped, regular.waiting) == (MAX_QUEUED + 1, 10, True)

    run(scene())


# Whoever is counted by many workers is stopped by one that knows enough of the others: each hears of them
# when it shares a request of its own, so with eight workers about eight requests ago.

LAST = {1: MOST + 1, 2: 1.1 * MOST, 4: 1.2 * MOST, 8: 1.4 * MOST}
LAST_OF_MANY_A_SECOND = {2: 1.25 * MOST, 4: 1.5 * MOST, 8: 1.75 * MOST}


async def requests_at_stop(found: list[Worker], chance: Random, every_s: float) -> int:
    """How many requests there were in truth when a worker first saw more than the limit."""
    for number in range(1, 200):
        worker = chance.choice(found)
        client = await worker.client(KEY)
        client.arrive(PAGE, worker.clock())
        worker.push.touch(client)
        if client.rate("1m", worker.clock()) > MOST:
            return number
        for each in found:  # a round takes place every tenth of a second
            await each.push.round()
        worker.clock.pass_(every_s)
    return 200


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", LAST)
def test_a_client_spread_over_workers_is_stopped_near_its_limit(url, count, seed):
    async def scene():
        async with at_work(url, count, limits=LIMITS) as found:
            found[0].clock.pass_(-NOW % 60.0)  # a full minute begins
            stopped = await requests_at_stop(found, Random(seed), every_s=0.2)

            assert MOST < stopped <= LAST[count]

    run(scene())


@pytest.mark.parametrize("count", LAST_OF_MANY_A_SECOND)
def test_a_fast_client_spread_over_workers_is_stopped_near_its_limit(url, count):
    async def scene():
        async with workers(url, count) as stores:
            for store in stores:
                store.pace_by(LIMITS)
            chance, clients, stopped = Random(count), {}, 0
            while not any(client.rate("1m", NOW) > MOST for client in clients.values()):
                store = chance.choice(stores)
                if store not in clients:
                    clients[store] = Client(KEY, NOW)
                    await sight(store, clients[store])
                clients[store].arrive(PAGE, NOW)
                store.touch(clients[store])
                stopped += 1
                await asyncio.sleep(0.005)

            assert MOST < stopped <= LAST_OF_MANY_A_SECOND[count]

    run(scene())


PAGES_OF_A_SESSION: Limits = {("shop", "session"): (Limit("session", "pages", "1m", "", float(MOST)),)}
LOGINS_OF_A_SUBNET: Limits = {("shop", "subnet"): (Limit("subnet", "requests", "1m", "login", float(MOST)),)}


@pytest.mark.parametrize("images", [0, 50, 300])
def test_images_before_the_pages_move_no_page_limit(url, images):
    async def scene():
        async with at_work(url, 4, limits=PAGES_OF_A_SESSION) as found:
            found[0].clock.pass_(-NOW % 60.0)
            chance, key, pages = Random(images), "shop/s=1", 0
            for worker in found:
                client = await worker.client(key)
                for _ in range(images):
                    client.arrive(IMAGE, worker.clock())
                    worker.push.touch(client)
                await worker.push.round()
            while pages < 300:
                worker = chance.choice(found)
                client = await worker.client(key)
                client.arrive(PAGE, worker.clock())
                worker.push.touch(client)
                pages += 1
                if client.page_rate("1m", worker.clock()) > MOST:
                    break
                for each in found:
                    await each.push.round()
                worker.clock.pass_(0.05)

            assert MOST < pages <= LAST[4]

    run(scene())


@pytest.mark.parametrize("before_s", [None, 21.0])
def test_a_crowd_s_limit_on_a_route_holds_though_every_member_is_new(url, before_s):
    """Also where one request came long before the others."""

    async def scene():
        async with at_work(url, 4, limits=LOGINS_OF_A_SUBNET) as found:
            found[0].clock.pass_(-NOW % 60.0)
            chance, crowds, logins = Random(4), {}, 0
            for worker in found:
                crowds[worker] = Crowd("shop/n=203.0.113.0/24", NOW)
                await worker.meet(crowds[worker])
                if before_s is not None:
                    log_in(worker, crowds[worker])
                    await worker.push.round()
            found[0].clock.pass_(before_s or 0.0)
            while logins < 300:
                worker = chance.choice(found)
                log_in(worker, crowds[worker])
                logins += 1
                if crowds[worker].rate("1m", worker.clock(), "login") > MOST:
                    break
                for each in found:
                    await each.push.round()
                worker.clock.pass_(0.05)

            assert MOST / 2 < logins <= LAST[4]

    run(scene())


def log_in(worker: Worker, crowd: Crowd) -> None:
    """A member of the crowd comes to the login; the first in a while is shared at once, as Recall does it."""
    crowd.arrive(worker.clock(), "login")
    worker.push.touch(crowd)
    if crowd.rate("10s", worker.clock(), "login") <= 1.0:
        worker.push.hurry(crowd)


def test_what_members_tell_in_the_last_round_leaves_with_the_worker(url):
    async def scene():
        async with workers(url, 1) as (store,):
            crowd = Crowd("shop/n=203.0.113.0/24", NOW)
            for number in range(50):
                member = a_client(f"shop/203.0.113.{number}", requests=1)
                member.respond(404, 10)
                member.subnet = crowd
                crowd.arrive(NOW, page=True)
                store.touch(crowd)
                store.touch(member)
        async with workers(url, 1) as (later,):
            known = Crowd(crowd.key, NOW)
            await sight(later, known)

            assert [known.count(name) for name in ("requests", "pages", "refusals")] == [50, 50, 50]

    run(scene())


def test_one_in_a_hurry_who_had_told_all_is_planned_again(url):
    async def scene():
        async with at_work(url, 1, limits=LIMITS) as (one,):
            client = await one.client(KEY)
            client.arrive(PAGE, NOW)
            await one.share(client)
            await one.share(client)

            assert client.share_at < NEVER

    run(scene())


def test_who_is_on_the_way_does_not_rest(url):
    """Its answer tells of an epoch; who missed that would be asked for a past that the store has already."""

    async def scene():
        async with at_work(url, 1) as (one,):
            ours = a_client(KEY, requests=5)
            one.link.loses = 1
            await one.share(ours)
            lost = ours.settled
            await one.share()

            assert (lost, ours.settled) == (False, True)
            assert ours.epoch > NOW - 60

    run(scene())


def test_what_two_workers_knew_apart_survives_a_loss(url):
    """One comes back at once and counts on, the other, who knew more, comes late."""

    async def scene():
        async with at_work(url) as (one, two):
            ours, theirs = await one.client(KEY), await two.client(KEY)
            for client, requests in ((ours, 10), (theirs, 15)):
                for _ in range(requests):
                    client.arrive(PAGE, NOW)
                await (one if client is ours else two).share(client)
            with plain(url) as server:
                server.flushall()
            for _ in range(20):
                ours.arrive(PAGE, NOW)
            await one.share(ours)
            theirs.arrive(PAGE, NOW)
            await two.share(theirs)

            assert (ours.requests, theirs.requests) == (30, 46)

    run(scene())
