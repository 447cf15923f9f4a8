"""Clusters and sentinels: a shard that dies keeps nobody from the others, and nothing is counted twice."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from detectors.visit import Ban
from proxy.state.link import Link, Script, StoreFault
from proxy.state.slots import slot_of
from tests.support.clusters import Node, TheCluster, TheSentinels, a_cluster, sentinels
from tests.support.stores import a_client, eventually, run, sight, workers

LANES = 24
AFTER_PROMOTION_S = 3.0  # about one is usual; sentinels need up to one themselves to hear of it
HEALTHY_S = 0.3

# What the script of the counts does with a receipt: a number that was counted is not counted again.
COUNT = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1])
  redis.call('INCR', KEYS[2])
end
return tonumber(redis.call('GET', KEYS[2]))
""")


@pytest.fixture(scope="module")
def formed(tmp_path_factory) -> Iterator[TheCluster]:
    with a_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(formed: TheCluster) -> TheCluster:
    formed.mend()
    for node in formed.masters().values():
        node.do("FLUSHALL")
    return formed


class Lane:
    """Counts as a worker does: one number after the other, each repeated until it was answered."""

    def __init__(self, link: Link, number: int) -> None:
        self._link = link
        self.keys = [b"{%d}receipt" % number, b"{%d}count" % number]
        self.number = 0
        self.answered = 0
        self.faults: list[tuple[float, str]] = []
        self.times: list[tuple[float, float]] = []  # when each answer came, and how long it took

    async def count(self, until: asyncio.Event) -> None:
        while not until.is_set():
            self.number += 1
            while self.answered < self.number:
                began = time.monotonic()
                try:
                    await self._link.run(COUNT, self.keys, [self.number])
                except StoreFault as fault:
                    self.faults.append((time.monotonic(), str(fault)))
                    await asyncio.sleep(0.02)
                    continue
                self.answered = self.number
                self.times.append((time.monotonic(), time.monotonic() - began))
            await asyncio.sleep(0.005)

    async def total(self) -> int:
        return int(bytes(await self._link.call("GET", self.keys[1])))  # type: ignore[arg-type]


async def counting(link: Link, work) -> list[Lane]:
    """Lanes that counted while `work` was done, and a little before and after."""
    lanes = [Lane(link, number) for number in range(LANES)]
    until = asyncio.Event()
    tasks = [asyncio.create_task(lane.count(until)) for lane in lanes]
    await asyncio.sleep(0.1)
    await work(lanes)
    await asyncio.sleep(0.1)
    until.set()
    await asyncio.gather(*tasks)
    return lanes


def test_slots_that_move_under_load_lose_nothing_and_double_nothing(cluster):
    async def scene():
        link = Link(cluster.url)
        moved = [slot_of(b"%d" % number) for number in range(8)]

        async def reshard(_: list[Lane]) -> None:
            for slot in moved:
                target = next(
                    node for node in cluster.masters().values() if node is not cluster.holder_of(slot)
                )
                await asyncio.to_thread(cluster.move, slot, target, pause_s=0.03)

        lanes = await counting(link, reshard)
        totals = [await lane.total() for lane in lanes]
        await link.close()

        assert totals == [lane.answered for lane in lanes]
        assert min(totals) > 5

    run(scene())


def test_keys_of_a_slot_on_its_way_are_still_found(cluster):
    async def scene():
        link = Link(cluster.url)
        keys = [b"{moving}%d" % number for number in range(20)] + [b"elsewhere"]
        for key in keys:
            await link.call("SET", key, key)
        source = cluster.holder(keys[0])
        target = next(node for node in cluster.masters().values() if node is not source)
        slot = slot_of(keys[0])
        cluster.begin_move(slot, source, target, keys=10)
        on_its_way = await link.load(keys)
        cluster.end_move(slot, source, target)
        moved = await link.load(keys)
        settled = await link.call("GET", keys[0])
        await link.close()

        assert (on_its_way, moved, settled) == (keys, keys, keys[0])

    run(scene())


def test_a_master_that_is_killed_disturbs_no_other_shard_and_is_replaced(cluster):
    async def scene():
        link = Link(cluster.url)
        away: list[tuple[bool, str]] = []
        promoted: list[float] = []
        killed: list[float] = []

        async def kill(lanes: list[Lane]) -> None:
            victim = cluster.holder(lanes[0].keys[0])
            victim.kill()
            killed.append(time.monotonic())
            await asyncio.sleep(0.2)
            away.append((link.up, link.fault))
            loaded = await link.load([lane.keys[1] for lane in lanes])
            away.append((any(loaded), "" if all(loaded) else "some are missing"))
            promoted.append(await asyncio.to_thread(promotion, cluster, victim))
            assert await eventually(lambda: all(lane.times[-1][0] > promoted[0] for lane in lanes), 5.0)

        lanes = await counting(link, kill)
        totals = [await lane.total() for lane in lanes]
        fault = link.fault
        await link.close()
        hit = [lane for lane in lanes if lane.faults]
        spared = [lane for lane in lanes if not lane.faults]
        back_s = [next(at for at, _ in lane.times if at > lane.faults[-1][0]) - promoted[0] for lane in hit]
        slowest_s = max(took for lane in spared for at, took in lane.times if at > killed[0])

        assert (away[0][0], "127.0.0.1" in away[0][1], away[1]) == (True, True, (True, "some are missing"))
        assert LANES / 6 < len(hit) < LANES / 1.5
        assert (max(back_s) < AFTER_PROMOTION_S, slowest_s < HEALTHY_S, fault) == (True, True, "")
        # Replication is not waited for: the last answers may be lost, but nothing doubles.
        assert all(
            lane.answered - 1 <= total <= lane.answered for lane, total in zip(lanes, totals, strict=True)
        )

    run(scene())


def promotion(cluster: TheCluster, victim: Node) -> float:
    """Wait until the cluster has another master instead of this one; when that was."""
    asked = next(node for node in cluster.nodes if node.process is not None)
    while str(victim.port) in {str(shard[2][1]) for shard in asked.do("CLUSTER", "SLOTS")}:
        time.sleep(0.01)
    return time.monotonic()


def test_announcements_cross_a_cluster(cluster):
    async def scene():
        link = Link(cluster.url)
        heard = []
        for _ in range(3):
            channel = link.channel()
            await channel.subscribe("news")
            heard.append(channel)
        await asyncio.sleep(0.05)  # a subscription itself is no news that the others wait for
        await link.run(Script("return redis.call('PUBLISH', ARGV[1], 'one')"), ["k"], ["news"])
        messages = [await channel.hear(1.0) for channel in heard]
        for channel in heard:
            channel.close()
        await link.close()

        assert messages == [b"one"] * 3

    run(scene())


def test_workers_share_through_a_cluster_what_they_count_order_and_spend(cluster):
    async def scene():
        async with workers(cluster.url, 2) as (one, two):
            for number in range(300):
                one.hurry(a_client(f"client-{number}", requests=2))
            assert await eventually(lambda: one.figures().clients_pushed == 300)
            theirs = [a_client(f"client-{number}") for number in range(300)]
            await asyncio.gather(*[sight(two, client) for client in theirs])
            await eventually(lambda: two.figures().loads == 300)
            await one.publish_order(Ban("203.0.113.7", float("inf"), "scraper"))
            heard = await eventually(lambda: two.ban_for("203.0.113.7", "") is not None)
            burned = [await one.burn("id", 60.0), await two.burn("id", 60.0)]

            assert ({client.requests for client in theirs}, heard, burned) == ({2}, True, [True, False])
            assert (one.fault, two.fault) == ("", "")

    run(scene())


def test_workers_share_the_rest_while_one_shard_is_gone(cluster):
    """Also the shard of the first hash tag, and also with a worker that has been quiet for long."""

    async def scene():
        async with workers(cluster.url, 2) as (one, two):
            gone = cluster.shard_at(0)
            for node in gone:
                node.kill()
            await asyncio.sleep(1.2)  # longer than a worker is silent
            for number in range(90):
                one.hurry(a_client(f"client-{number}", requests=2))
            shared = await eventually(lambda: one.figures().clients_pushed > 30, 1.5)
            theirs = [a_client(f"client-{number}") for number in range(90)]
            await asyncio.gather(*[sight(two, client) for client in theirs])
            known = await eventually(lambda: sum(client.requests == 2 for client in theirs) > 30)
            alone = one.degraded, one.fault != "", one.figures().failures > 0
            for node in gone:
                node.start()
            whole = await eventually(lambda: one.figures().clients_pushed == 90 and not one.degraded, 8.0)

            assert (shared, known, alone, whole) == (True, True, (True, True, True), True)

    run(scene())


def test_any_node_that_lives_leads_to_the_cluster(cluster):
    async def scene():
        link = Link(f"redis+cluster://127.0.0.1:1,127.0.0.1:{cluster.nodes[4].port}")
        replies = [await link.call("SET", f"k{number}", number) for number in range(20)]
        await link.close()

        assert (set(replies), link.lanes > 1) == ({b"OK"}, True)

    run(scene())


def test_a_cluster_that_is_not_there_is_a_fault_at_once():
    async def scene():
        link = Link("redis+cluster://127.0.0.1:1,127.0.0.1:2")
        began = time.monotonic()
        with pytest.raises(StoreFault):
            await link.call("GET", "k")
        with pytest.raises(StoreFault):
            await link.load([b"k"])
        await link.close()

        assert (link.up, time.monotonic() - began < 0.5) == (False, True)

    run(scene())


@pytest.fixture
def watched(tmp_path) -> Iterator[TheSentinels]:
    with sentinels(tmp_path) as some:
        yield some


def test_a_master_that_is_killed_is_replaced_by_what_three_sentinels_name(tmp_path):
    with sentinels(tmp_path, 3) as watched:
        replaced_by_what_they_name(watched)


def replaced_by_what_they_name(watched: TheSentinels) -> None:
    async def scene():
        link = Link(watched.url)
        promoted: list[float] = []

        async def kill(lanes: list[Lane]) -> None:
            master = watched.master()
            replica = next(server for server in watched.servers if server is not master)
            master.kill()
            await asyncio.to_thread(until_master, replica)
            promoted.append(time.monotonic())
            assert await eventually(lambda: all(lane.times[-1][0] > promoted[0] for lane in lanes), 5.0)

        lanes = await counting(link, kill)
        totals = [await lane.total() for lane in lanes]
        await link.close()
        back_s = [next(at for at, _ in lane.times if at > promoted[0]) - promoted[0] for lane in lanes]

        assert (max(back_s) < AFTER_PROMOTION_S, link.fault) == (True, "")
        assert all(
            lane.answered - 1 <= total <= lane.answered for lane, total in zip(lanes, totals, strict=True)
        )

    run(scene())


def test_a_master_that_was_replaced_but_lives_is_left_for_the_new_one(watched):
    async def scene():
        link = Link(watched.url)

        async def replace(lanes: list[Lane]) -> None:
            old = watched.master()
            watched.sentinels[0].do("SENTINEL", "FAILOVER", "shop")
            assert await eventually(lambda: watched.master() is not old, 10.0)
            new, counted = watched.master(), lanes[0].keys[1]
            seen = int(new.do("GET", counted) or 0)
            assert await eventually(lambda: int(new.do("GET", counted) or 0) > seen + 5, AFTER_PROMOTION_S)

        lanes = await counting(link, replace)
        totals = [await lane.total() for lane in lanes]
        up = link.up
        await link.close()

        assert all(total <= lane.answered for lane, total in zip(lanes, totals, strict=True))
        assert up

    run(scene())


def until_master(server: Node) -> None:
    while server.do("ROLE")[0] not in {b"master", "master"}:
        time.sleep(0.01)


def test_one_sentinel_that_lives_is_enough(watched):
    async def scene():
        link = Link(watched.url.replace("redis+sentinel://", "redis+sentinel://127.0.0.1:1,127.0.0.1:2,"))
        reply = await link.call("SET", "k", 1)
        await link.close()

        assert reply == b"OK"

    run(scene())


def test_a_service_that_no_sentinel_knows_is_said(watched):
    async def scene():
        link = Link(watched.url.replace("/shop", "/other"))
        with pytest.raises(StoreFault, match="No such master"):
            await link.call("GET", "k")
        await link.close()

    run(scene())


def test_sentinels_that_want_a_password_get_the_one_of_the_store(watched):
    async def scene():
        for node in (*watched.servers, watched.sentinels[0]):
            node.do("ACL", "SETUSER", "stile", "on", ">secret", "~*", "&*", "+@all")
        watched.sentinels[0].do("ACL", "SETUSER", "default", "resetpass", "off")
        url = f"redis+sentinel://stile:secret@127.0.0.1:{watched.sentinels[0].port}/shop"
        link = Link(url)
        reply = await link.call("SET", "k", 1)
        await link.close()

        assert reply == b"OK"

    run(scene())
