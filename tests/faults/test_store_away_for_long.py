"""An outage that lasts: what waits to be shared is bounded, and the urgent stay urgent."""

import asyncio
from collections.abc import Iterator

import pytest

from proxy.state.push import BATCH, FEW_REQUESTS, MAX_QUEUED, MOST_QUEUED
from tests.support.sharing import Worker
from tests.support.stores import Clock, a_client, a_server, plain, run, workers

NOWHERE = "redis://127.0.0.1:1"
FLOODS = {"seen once": (1, MAX_QUEUED), "seen often": (FEW_REQUESTS + 1, MOST_QUEUED)}


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


@pytest.mark.parametrize(("requests", "most"), FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("act", ["touch", "hurry"])
def test_a_flood_while_the_store_is_away_is_remembered_up_to_a_bound(requests, most, act):
    async def scene():
        async with workers(NOWHERE, 1) as (store,):
            for number in range(most + 1_000):
                client = a_client(f"forged-{number}")
                client.requests = requests
                getattr(store, act)(client)
            figures = store.figures()

            assert (figures.dirty, figures.dropped) == (most, 1_000)
            assert len(store._push._soon) <= most

    run(scene())


def test_one_client_that_is_stopped_again_and_again_is_queued_once():
    async def scene():
        async with workers(NOWHERE, 1) as (store,):
            client = a_client(requests=5)
            for _ in range(1_000):
                store.hurry(client)

            assert (store.figures().dirty, len(store._push._soon)) == (1, 1)

    run(scene())


@pytest.mark.parametrize("lanes", [1, 64])
def test_clients_in_a_hurry_that_a_fault_left_over_go_with_the_next_round(url, lanes):
    async def scene():
        clock = Clock()  # it stands still, so that nobody's turn comes
        one, two = (Worker(url, clock, lanes=lanes) for _ in range(2))
        clients = [a_client(f"client-{number}", requests=2) for number in range(3 * BATCH)]
        await one.push.round()  # the wheel begins to turn
        one.link.refuses = 64
        await one.share(*clients)
        one.link.refuses = 0
        await asyncio.sleep(0)
        await one.push.round()
        theirs = [(await two.client(client.key)).requests for client in clients]
        await one.close()
        await two.close()

        assert theirs == [2] * len(clients)

    run(scene())


@pytest.mark.parametrize("lanes", [1, 64])
def test_clients_that_were_queued_before_the_store_was_ever_reached_have_the_names_of_today(url, lanes):
    async def scene():
        clock = Clock()
        one, two = (Worker(url, clock, lanes=lanes, rotation_s=3600.0) for _ in range(2))
        one.push.touch(a_client(requests=2))
        await one.share_everything()
        theirs = await two.client(a_client().key)
        await two.push.round()
        again = a_client()
        await two.meet(again)
        await one.close()
        await two.close()

        assert (theirs.requests, again.requests) == (2, 2)

    run(scene())
