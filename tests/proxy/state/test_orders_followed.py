"""Orders are followed through lost connections, and through announcements that never came."""

from collections.abc import Iterator

import pytest

from detectors.visit import Ban
from tests.support.clusters import Node
from tests.support.stores import eventually, run, workers

FOREVER = float("inf")
WRITTEN = '{"until": null, "reason": "by hand", "allow": false}'


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("store")) as node:
        yield node


@pytest.fixture
def node(running: Node, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setattr("proxy.state.orders.LISTEN_S", 0.02)
    monkeypatch.setattr("proxy.state.orders.CHECK_S", 0.05)
    running.do("FLUSHALL")
    return running


def test_an_order_whose_announcement_never_came_is_noticed_by_the_edition(node):
    async def scene():
        async with workers(node.url, 1) as (store,):
            await store.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))
            (orders,) = node.do("KEYS", "*orders")
            node.do("HSET", orders, "203.0.113.8", WRITTEN)
            node.do("HINCRBY", orders, "#edition", 1)

            assert await eventually(lambda: store.ban_for("203.0.113.8", "") is not None)

    run(scene())


def test_a_listener_whose_connection_was_cut_listens_again(node):
    async def scene():
        async with workers(node.url, 2) as (one, two):
            node.do("CLIENT", "KILL", "TYPE", "pubsub")
            await one.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))

            assert await eventually(lambda: two.ban_for("203.0.113.7", "") is not None)

    run(scene())


def test_nobody_listens_anew_while_all_is_well(node):
    async def scene():
        async with workers(node.url, 2) as (one, two):
            before = node.do("CLIENT", "LIST", "TYPE", "pubsub")
            for number in range(20):
                await one.publish_order(Ban(f"203.0.113.{number}", FOREVER, "scraper"))
            await eventually(lambda: two.ban_for("203.0.113.19", "") is not None)
            after = node.do("CLIENT", "LIST", "TYPE", "pubsub")

            assert [ids(each) for each in (before, after)] == [ids(before)] * 2

    run(scene())


def ids(listed: object) -> list[str]:
    """The ids of the connections in CLIENT LIST."""
    lines = listed if isinstance(listed, list) else bytes(listed).decode().splitlines()  # type: ignore[call-overload]
    return sorted(line["id"] if isinstance(line, dict) else line.split()[0] for line in lines)
