"""One server: what is asked is answered, in order, by one connection; what fails says why in one line."""

import asyncio
import signal
from collections.abc import Iterator

import pytest

from config.where import Where
from proxy.state.link import Link, Script, StoreFault
from proxy.state.store_fault import Trouble
from tests.support.clusters import Node
from tests.support.stores import eventually, run

COUNT = Script("return redis.call('INCR', KEYS[1])")


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("store")) as node:
        yield node


@pytest.fixture
def node(running: Node) -> Node:
    running.do("FLUSHALL")
    running.do("SCRIPT", "FLUSH")
    return running


async def fault_of(work) -> StoreFault:
    with pytest.raises(StoreFault) as caught:
        await work
    return caught.value


def test_a_command_and_its_reply(node):
    async def scene():
        link = Link(node.url)
        replies = [
            await link.call("SET", "k", 1, "PX", 10_000),
            await link.call("GET", "k"),
            link.up,
            link.fault,
        ]
        await link.close()

        assert replies == [b"OK", b"1", True, ""]

    run(scene())


def test_many_at_once_share_one_connection_and_each_has_its_own_answer(node):
    async def scene():
        link = Link(node.url)
        before = int(node.do("INFO", "stats")["total_connections_received"])
        replies = await asyncio.gather(
            *[link.call("SET", f"k{number}", number, "GET") for number in range(100)]
        )
        again = await asyncio.gather(*[link.call("GET", f"k{number}") for number in range(100)])
        after = int(node.do("INFO", "stats")["total_connections_received"])
        await link.close()

        assert (set(replies), again) == ({None}, [b"%d" % number for number in range(100)])
        assert after - before == 2  # ours, and that of the tool which asks

    run(scene())


def test_a_script_is_loaded_where_the_store_does_not_have_it(node):
    async def scene():
        link = Link(node.url)
        first = await link.run(COUNT, ["n"], [])
        node.do("SCRIPT", "FLUSH")
        replies = [first, await link.run(COUNT, ["n"], []), await link.run(COUNT, ["n"], []), link.up]
        await link.close()

        assert replies == [1, 2, 3, True]

    run(scene())


def test_many_keys_are_loaded_at_once(node):
    async def scene():
        link = Link(node.url)
        await link.call("SET", "b", "two")
        loaded = await link.load([b"a", b"b"])
        await link.close()

        assert (loaded, link.lanes) == ([None, b"two"], 1)

    run(scene())


def test_a_refusal_ends_neither_the_connection_nor_the_others(node):
    async def scene():
        link = Link(node.url)
        await link.call("SET", "k", "text")
        fault, reply = await asyncio.gather(fault_of(link.call("HGET", "k", "f")), link.call("GET", "k"))
        await link.close()

        assert (str(fault)[:9], fault.trouble, fault.sent, reply) == (
            "WRONGTYPE",
            Trouble.OTHER,
            False,
            b"text",
        )

    run(scene())


def test_a_caller_that_gives_up_leaves_the_answers_in_order(node):
    async def scene():
        link = Link(node.url)
        await link.call("SET", "k", "kept")
        node.do("CLIENT", "PAUSE", 50, "ALL")
        impatient = asyncio.create_task(link.call("SET", "k", "lost"))
        await asyncio.sleep(0.01)
        impatient.cancel()
        reply = await link.call("ECHO", "mine")
        await link.close()

        assert (impatient.cancelled(), reply) == (True, b"mine")

    run(scene())


def test_a_server_that_went_away_and_came_back_is_found_by_the_next_command(node):
    async def scene():
        link = Link(node.url)
        await link.call("PING")
        node.kill()
        await asyncio.sleep(0.05)
        fault = await fault_of(link.call("PING"))
        down = link.up
        node.start()
        reply = await link.call("PING")
        await link.close()

        assert (fault.trouble, fault.sent, down, reply, link.fault) == (
            Trouble.AWAY,
            False,
            False,
            b"PONG",
            "",
        )

    run(scene())


def test_a_server_that_dies_in_mid_answer_may_have_done_it(node):
    async def scene():
        link = Link(node.url)
        await link.call("PING")
        node.signal(signal.SIGSTOP)
        asked = asyncio.create_task(fault_of(link.call("INCR", "n")))
        await asyncio.sleep(0.05)
        node.kill()
        fault = await asked
        node.start()
        await link.close()

        assert (fault.trouble, fault.sent) == (Trouble.AWAY, True)

    run(scene())


def test_nobody_waits_longer_than_a_second(node):
    async def scene():
        link = Link(node.url)
        await link.call("PING")
        node.signal(signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        fault = await fault_of(link.call("PING"))
        waited_s = asyncio.get_running_loop().time() - began
        node.signal(signal.SIGCONT)
        reply = await link.call("PING")
        await link.close()

        assert "no answer within 1 s" in str(fault)
        assert (0.9 < waited_s < 1.4, reply) == (True, b"PONG")

    run(scene())


def test_a_link_to_nowhere_says_so():
    async def scene():
        link = Link(None)
        faults = [str(await fault_of(link.call("PING"))), str(await fault_of(link.load([b"k"])))]
        await link.close()

        assert (link.nowhere, link.up, faults) == (True, False, ["there is no store"] * 2)

    run(scene())


def test_what_is_published_is_heard_and_silence_is_none(node):
    async def scene():
        link = Link(node.url)
        channel = link.channel()
        await channel.subscribe("news")
        await link.call("PUBLISH", "news", "one")
        heard = [await channel.hear(1.0), await channel.hear(0.01)]
        await channel.ping()
        channel.close()
        await link.close()

        assert heard == [b"one", None]

    run(scene())


def test_a_listener_is_told_when_its_connection_ends(node):
    async def scene():
        link = Link(node.url)
        channel = link.channel()
        await channel.subscribe("news")
        node.do("CLIENT", "KILL", "TYPE", "pubsub")
        fault = await fault_of(channel.hear(1.0))
        await link.close()

        assert fault.trouble is Trouble.AWAY

    run(scene())


def test_a_store_that_refuses_to_write_is_not_up_because_it_can_be_read(node):
    async def scene():
        link = Link(node.url)
        await link.call("PING")
        node.do("REPLICAOF", "127.0.0.1", 1)
        fault = await fault_of(link.run(COUNT, ["n"], []))
        loaded = await link.load([b"n"])
        while_replica = link.up
        node.do("REPLICAOF", "NO", "ONE")
        counted = await link.run(COUNT, ["n"], [])
        await link.close()

        assert (fault.trouble, loaded, while_replica, counted) == (Trouble.READ_ONLY, [None], False, 1)

    run(scene())


def test_a_read_only_answer_makes_a_new_connection_for_its_name_may_have_moved(node):
    async def scene():
        link = Link(node.url)
        first = await link.call("CLIENT", "ID")
        node.do("REPLICAOF", "127.0.0.1", 1)
        await fault_of(link.run(COUNT, ["n"], []))
        node.do("REPLICAOF", "NO", "ONE")
        second = await link.call("CLIENT", "ID")
        await link.close()

        assert first != second

    run(scene())


WRONG = {"no such user": "redis://nobody:geheim@", "wrong password": "redis://:geheim@"}


@pytest.mark.parametrize("start", WRONG.values(), ids=WRONG)
def test_a_wrong_password_is_said_and_never_repeated(node, start):
    async def scene():
        node.do("CONFIG", "SET", "requirepass", "right")
        link = Link(node.url.replace("redis://", start))
        fault = await fault_of(link.call("PING"))
        await link.close()
        with_right = Link(Where.of(node.url).with_password("right"))
        await with_right.call("CONFIG", "SET", "requirepass", "")
        await with_right.close()

        assert (fault.trouble, "WRONGPASS" in link.fault, "geheim" in link.fault) == (
            Trouble.NO_ENTRY,
            True,
            False,
        )

    run(scene())


def test_a_database_is_chosen(node):
    async def scene():
        link = Link(f"{node.url}/3")
        await link.call("SET", "k", "third")
        await link.close()

    run(scene())

    assert int(node.do("INFO", "keyspace")["db3"]["keys"]) == 1


def test_closing_answers_those_who_wait(node):
    async def scene():
        link = Link(node.url)
        await link.call("PING")
        node.signal(signal.SIGSTOP)
        asked = asyncio.create_task(fault_of(link.call("PING")))
        await asyncio.sleep(0.01)
        await link.close()
        node.signal(signal.SIGCONT)

        assert (await asked).trouble is Trouble.AWAY

    run(scene())


def test_closing_while_connecting_leaves_nothing_behind():
    async def scene():
        before = asyncio.all_tasks()
        link = Link("redis://192.0.2.1")  # TEST-NET-1, where nobody answers
        asked = asyncio.create_task(fault_of(link.call("PING")))
        await asyncio.sleep(0.01)
        await link.close()
        fault = await asked

        assert fault.trouble is Trouble.AWAY
        assert await eventually(lambda: asyncio.all_tasks() == before)

    run(scene())
