"""Orders are followed through lost connections, and through announcements that never came."""

import asyncio
import time
from collections.abc import Iterator

import orjson
import pytest

from detectors.visit import Ban
from proxy.state import order_book
from proxy.state.link import Link
from proxy.state.order_book import Kind, NoRoom
from proxy.state.orders import Orders
from tests.support.clusters import Node
from tests.support.stores import Clock, eventually, run, workers

FOREVER = float("inf")
NOW = 1_790_000_000.0
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


FIELDS = {
    "a name that is no text": (b"\xff\xfe", b"1"),
    "a text that is no JSON": ("203.0.113.9", b"\xff\xfe"),
    "an edition that is no number": ("#edition", b"many"),
    "an edition beyond all numbers": ("#edition", b"9" * 5000),
    "an edition below all": ("#edition", b"-7"),
    "an edition that cannot grow": ("#edition", str(2**63 - 1)),
}


@pytest.mark.parametrize(("field", "text"), FIELDS.values(), ids=FIELDS)
def test_a_foreign_field_keeps_no_worker_from_its_orders(node, field, text):
    async def scene():
        async with workers(node.url, 1) as (one,):
            await one.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))
            (orders,) = node.do("KEYS", "*orders")
            node.do("HSET", orders, field, text)
            async with workers(node.url, 1) as (late,):
                known = late.ban_for("203.0.113.7", "") is not None
                everywhere = await one.publish_order(Ban("203.0.113.8", FOREVER, "scraper"))
                heard = await eventually(lambda: late.ban_for("203.0.113.8", "") is not None)

                assert (known, everywhere, heard, late.fault) == (True, True, True, "")

    run(scene())


ANNOUNCEMENTS = [
    b"",
    b"\xff",
    b"1",
    b'"abc"',
    b"[1,2,3]",
    b"[1]",
    b'["1","a","b"]',
    b'{"1":1,"a":2,"b":3}',
    b"null",
]


def test_a_foreign_announcement_is_not_listened_to(node):
    async def scene():
        async with workers(node.url, 2) as (one, two):
            await one.publish_order(Ban("203.0.113.7", FOREVER, "scraper"))
            await eventually(lambda: two.ban_for("203.0.113.7", "") is not None)
            before = ids(node.do("CLIENT", "LIST", "TYPE", "pubsub"))
            (channel,) = [name for name in node.do("PUBSUB", "CHANNELS") if name.endswith(b"orders")]
            for announcement in ANNOUNCEMENTS:
                node.do("PUBLISH", channel, announcement)
            await one.publish_order(Ban("203.0.113.8", FOREVER, "scraper"))
            heard = await eventually(lambda: two.ban_for("203.0.113.8", "") is not None)

            anew = set(ids(node.do("CLIENT", "LIST", "TYPE", "pubsub"))) - set(before)

            assert (heard, anew) == (True, set())  # connections of other tests may end meanwhile

    run(scene())


def test_a_store_that_was_emptied_is_heard_at_once(node):
    async def scene():
        async with workers(node.url, 2) as (one, two):
            for number in range(5):
                await one.publish_order(Ban(f"203.0.113.{number}", FOREVER, "scraper"))
            await eventually(lambda: two.ban_for("203.0.113.4", "") is not None)
            node.do("FLUSHALL")
            await one.publish_order(Ban("203.0.113.9", FOREVER, "scraper"))
            heard = await eventually(lambda: two.ban_for("203.0.113.9", "") is not None)

            assert (heard, two.ban_for("203.0.113.4", "")) == (True, None)

    run(scene())


class Late:
    """A channel whose announcement is on its way still."""

    def __init__(self, *announcements: bytes | None) -> None:
        self.announcements = list(announcements)

    async def hear(self, within_s: float) -> bytes | None:
        await asyncio.sleep(within_s / 4)
        return self.announcements.pop(0) if self.announcements else None


COMING = {
    "it comes": ((orjson.dumps([4, "203.0.113.9", WRITTEN]),), False),
    "noise comes first": ((b"noise", None, orjson.dumps([4, "203.0.113.9", WRITTEN])), False),
    "noise alone comes": ((b"noise",) * 50, True),
    "nothing comes": ((), True),
}


@pytest.mark.parametrize(("announcements", "missed"), COMING.values(), ids=COMING)
def test_an_announcement_that_is_on_its_way_was_not_missed(node, announcements, missed):
    async def scene():
        link = Link(node.url)
        orders = Orders(link, "p:")
        for number in range(3):
            await orders.publish(Ban(f"203.0.113.{number}", FOREVER, "scraper"))
        await orders.reload()
        unheard = Orders(link, "p:")
        await unheard.publish(Ban("203.0.113.9", FOREVER, "scraper"))
        found = await orders._has_missed_one(Late(*announcements))
        await link.close()

        assert (found, orders.book.ban_for("203.0.113.9", "", NOW) is None) == (missed, missed)

    run(scene())


def test_what_a_reload_had_already_is_not_reloaded_for(node):
    async def scene():
        link = Link(node.url)
        orders = Orders(link, "p:")
        for number in range(3):
            await orders.publish(Ban(f"203.0.113.{number}", FOREVER, "scraper"))
        await orders.reload()
        loaded = orders.book.bans
        await orders._hear(orjson.dumps([2, "203.0.113.1", WRITTEN]))
        kept = orders.book.bans is loaded
        await orders._hear(orjson.dumps([7, "203.0.113.1", WRITTEN]))
        await link.close()

        assert (kept, orders.book.bans is loaded) == (True, False)

    run(scene())


def the_store_s_orders(node: Node) -> set[bytes]:
    (orders,) = node.do("KEYS", "*orders")
    return {name for name in node.do("HKEYS", orders) if name != b"#edition"}


def test_what_is_over_is_swept_out_of_the_memory_and_of_the_store(node, monkeypatch):
    monkeypatch.setattr("proxy.state.orders.SWEEP_S", 0.05)

    async def scene():
        async with workers(node.url, 2) as (one, two):
            now = time.time()
            await one.publish_order(Ban("203.0.113.7", now + 0.3, "short"))
            await one.publish_order(Ban("203.0.113.8", now + 0.3, "short"))
            await one.publish_order(Ban("203.0.113.8", FOREVER, "for longer"))
            heard = await eventually(lambda: len(two.orders.bans) == 2)
            swept = await eventually(lambda: len(two.orders.bans) == 1)
            cleared = await eventually(lambda: the_store_s_orders(node) == {b"203.0.113.8"})

            assert (heard, swept, cleared) == (True, True, True)

    run(scene())


def test_what_another_ordered_anew_is_not_swept(node):
    async def scene():
        link, clock = Link(node.url), Clock(time.time() - 60.0)
        orders = Orders(link, "p:", clock)
        await orders.publish(Ban("203.0.113.7", clock() + 30.0, "short"))
        anew = Orders(link, "p:")
        await anew.publish(Ban("203.0.113.7", FOREVER, "anew"))
        clock.pass_(60.0)
        await orders.sweep()
        gone = orders.book.bans
        await orders.reload()
        await link.close()

        assert (gone, orders.book.ban_for("203.0.113.7", "", clock()).reason) == ({}, "anew")

    run(scene())


def room_for(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order books have room for so many orders of each kind."""
    for kind in Kind:
        monkeypatch.setitem(order_book.MOST, kind, most)


def test_an_order_for_which_there_is_no_room_is_refused_before_anybody_hears_it(node, monkeypatch):
    room_for(2, monkeypatch)

    async def scene():
        async with workers(node.url, 1) as (one,):
            for number in range(2):
                await one.publish_order(Ban(f"203.0.113.{number}", FOREVER, "scraper"))
            with pytest.raises(
                NoRoom, match=r"there are 2 bans in force, and there is no room for more; lift"
            ):
                await one.publish_order(Ban("203.0.113.9", FOREVER, "scraper"))
            partner = await one.publish_order(Ban("203.0.113.8", FOREVER, "partner", allow=True))

            assert partner
            assert the_store_s_orders(node) == {b"203.0.113.0", b"203.0.113.1", b"203.0.113.8"}

    run(scene())


def test_a_reload_takes_no_more_than_there_is_room_for(node, monkeypatch):
    async def scene():
        async with workers(node.url, 1) as (one,):
            for number in range(5):
                await one.publish_order(Ban(f"203.0.113.{number}", FOREVER, "scraper"))
                await one.publish_order(Ban(f"198.51.100.{number}", FOREVER, "partner", allow=number == 0))
            room_for(2, monkeypatch)
            await one._orders.reload()

            assert (len(one.orders.bans), one.ban_for("198.51.100.0", "").allow) == (3, True)

    run(scene())


MANY = 50_000


def test_lookups_stay_right_while_many_orders_are_reloaded(node):
    async def scene():
        link = Link(node.url)
        orders = Orders(link, "p:")
        await orders.publish(Ban("203.0.113.7", FOREVER, "before"))
        for start in range(0, MANY, 5_000):
            fields = [
                word for number in range(start, start + 5_000) for word in (f"session{number}", WRITTEN)
            ]
            node.do("HSET", "p:orders", *fields)
        reloading = asyncio.create_task(orders.reload())
        turns, given, seen = 0, False, set()
        while not reloading.done():
            turns += 1
            ban = orders.book.ban_for("203.0.113.7", "", NOW)
            seen.add(ban and ban.reason)
            if orders.book._meanwhile is not None and not given:
                given = True
                orders.book.put("198.51.100.1", Ban("198.51.100.1", FOREVER, "meanwhile"))
                orders.book.put("203.0.113.7", Ban("203.0.113.7", FOREVER, "anew"))
                orders.book.put("session7", None)
            await asyncio.sleep(0)
        await reloading
        await link.close()
        book = orders.book

        assert (len(book.bans), turns > 40, seen) == (MANY + 1, True, {"before", "anew"})
        assert book.ban_for("198.51.100.1", "", NOW).reason == "meanwhile"
        assert (book.ban_for("", "session7", NOW), book.ban_for("", "session8", NOW) is None) == (None, False)

    run(scene())


def ids(listed: object) -> list[str]:
    """The ids of the connections in CLIENT LIST."""
    lines = listed if isinstance(listed, list) else bytes(listed).decode().splitlines()  # type: ignore[call-overload]
    return sorted(line["id"] if isinstance(line, dict) else line.split()[0] for line in lines)
