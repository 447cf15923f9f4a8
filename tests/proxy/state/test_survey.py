"""Before anybody is served it is said which store it is, and what it lacks, with the cure."""

import asyncio
import signal
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config.where import StoreKind, Where
from detectors.visit import Ban
from proxy.faults import OwnFault
from proxy.state.survey import Survey, acl_line, survey
from proxy.state.survey_apart import survey_apart
from tests.support.clusters import Node, a_cluster, sentinels
from tests.support.stores import a_client, eventually, pushed, run, sight, workers

PREFIX = "stile:"
QUICK_S = 0.3


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("store")) as node:
        yield node


@pytest.fixture
def node(running: Node) -> Node:
    running.do("FLUSHALL")
    running.do("ACL", "DELUSER", "stile")
    running.do("SCRIPT", "FLUSH")
    return running


def survey_of(where: Where | str, prefix: str = PREFIX) -> Survey:
    return asyncio.run(survey(Where.of(where) if isinstance(where, str) else where, prefix))


def as_stile(node: Node, *rules: str) -> Where:
    """The node as seen by a user who was made by the documented line, and then by `rules`."""
    node.do(*acl_line(PREFIX, StoreKind.SINGLE).replace("PASSWORD", "secret").split())
    if rules:
        node.do("ACL", "SETUSER", "stile", *rules)
    return Where.of(node.url.replace("redis://", "redis://stile:secret@"))


def test_a_store_that_lets_us_is_named(node):
    began = time.monotonic()
    found = survey_of(node.url)
    took_s = time.monotonic() - began

    assert (found.server in {"redis", "valkey"}, found.version[0].isdigit(), found.mode) == (
        True,
        True,
        "single",
    )
    assert (found.fault, 0.0 < found.latency_ms < 50.0, abs(found.clock_skew_s) < 0.5) == ("", True, True)
    assert took_s < QUICK_S


def test_nothing_stays_behind(node):
    survey_of(node.url)

    assert node.do("KEYS", "*") == []


def test_the_documented_line_is_enough(node):
    assert survey_of(as_stile(node)).fault == ""


def test_the_documented_line_is_enough_for_workers(node):
    async def scene():
        async with workers(as_stile(node), 2) as (one, two):
            ours, theirs = a_client(requests=5), a_client(requests=1)
            await pushed(one, ours)
            await sight(two, theirs)
            await one.publish_order(Ban("203.0.113.7", float("inf"), "scraper"))
            heard = await eventually(lambda: two.ban_for("203.0.113.7", "") is not None)
            burned = [await one.burn("id", 60.0), await two.burn("id", 60.0)]

            assert (theirs.requests, heard, burned, one.fault, two.fault) == (6, True, [True, False], "", "")

    run(scene())


WITHOUT = [word for word in acl_line(PREFIX, StoreKind.SINGLE).split() if word[0] in "+~&"]


@pytest.mark.parametrize("rule", WITHOUT)
def test_any_part_of_the_line_that_is_missing_is_named_with_its_cure(node, rule):
    taken = {"~": "resetkeys", "&": "resetchannels"}.get(rule[0], f"-{rule[1:]}")
    where = as_stile(node, taken)

    with pytest.raises(OwnFault) as fault:
        survey_of(where)

    named = {"~": "forbids the keys stile:*", "&": "forbids the channels stile:*"}
    assert named.get(rule[0], f"forbids {rule[1:].upper()}") in str(fault.value)
    assert f"; cure: ACL SETUSER stile {rule}" in str(fault.value)
    assert ("\n" in str(fault.value), "secret" in str(fault.value)) == (False, False)


def test_all_that_is_missing_is_named_at_once(node):
    where = as_stile(node, "-hset", "-get", "resetchannels")

    with pytest.raises(
        OwnFault, match=r"forbids GET, forbids HSET.* cure: ACL SETUSER stile \+get \+hset &stile:\*$"
    ):
        survey_of(where)


def test_keys_of_another_prefix_are_not_ours(node):
    with pytest.raises(OwnFault, match=r"forbids the keys shop:\*, forbids the channels shop:\*"):
        asyncio.run(survey(as_stile(node), "shop:"))


def test_a_database_that_may_not_be_chosen_is_named(node):
    where = as_stile(node)
    second = Where.of(f"redis://stile:secret@127.0.0.1:{where.spots[0].port}/2")

    with pytest.raises(OwnFault, match=r"forbids SELECT; cure: ACL SETUSER stile \+select"):
        survey_of(second)


AWAY = {
    "nobody listens": ("redis://127.0.0.1:1", "Connection refused"),
    "no sentinel listens": ("redis+sentinel://127.0.0.1:1/shop", "Connection refused"),
    "no node listens": ("redis+cluster://127.0.0.1:1,127.0.0.1:2", "Connection refused"),
    "no such socket": ("unix:///nowhere/valkey.sock", "No such file"),
    "no such host": ("redis://nowhere.invalid", "nowhere.invalid"),
}


@pytest.mark.parametrize(("url", "reason"), AWAY.values(), ids=AWAY)
def test_a_store_that_is_away_is_no_fault_of_ours(url, reason):
    found = survey_of(url)

    assert (found.server, reason in found.fault) == ("", True)


def test_a_wrong_password_is_no_fault_of_ours_and_is_not_repeated(node):
    found = survey_of(node.url.replace("redis://", "redis://stile:geheim@"))

    assert ("WRONGPASS" in found.fault, "geheim" in found.fault) == (True, False)


def test_a_replica_is_read_only_for_now(node):
    node.do("REPLICAOF", "127.0.0.1", 1)
    found = survey_of(node.url)
    node.do("REPLICAOF", "NO", "ONE")

    assert (found.version != "", "READONLY" in found.fault) == (True, True)


def test_a_full_store_is_full_for_now(node):
    node.do("CONFIG", "SET", "maxmemory", 1)
    found = survey_of(node.url)
    node.do("CONFIG", "SET", "maxmemory", 0)

    assert (found.version != "", "OOM" in found.fault) == (True, True)


POLICIES = {"allkeys-lru": "allkeys-lru", "allkeys-lfu": "allkeys-lfu", "volatile-lru": "", "noeviction": ""}


@pytest.mark.parametrize(("policy", "named"), POLICIES.items(), ids=POLICIES)
def test_a_store_that_may_evict_orders_is_named_so(node, policy, named):
    node.do("CONFIG", "SET", "maxmemory-policy", policy)
    found = survey_of(as_stile(node))
    node.do("CONFIG", "SET", "maxmemory-policy", "noeviction")

    assert (found.fault, found.eviction) == ("", named)


def test_a_store_that_hangs_is_not_waited_for(node):
    node.signal(signal.SIGSTOP)
    began = time.monotonic()
    found = survey_apart(Where.of(node.url), PREFIX)
    took_s = time.monotonic() - began
    node.signal(signal.SIGCONT)

    assert (found.server, "no answer" in found.fault, took_s < 1.6) == ("", True, True)


def test_a_survey_in_a_child_is_the_same(node):
    found = survey_apart(Where.of(node.url), PREFIX)

    assert (found.fault, found.mode, found.version) == ("", "single", survey_of(node.url).version)


def test_a_refusal_crosses_from_the_child(node):
    where = as_stile(node, "-eval")

    with pytest.raises(OwnFault, match="forbids EVAL; cure"):
        survey_apart(where, PREFIX)


def test_our_own_store_is_only_named(node):
    found = asyncio.run(survey(Where.of(node.url), PREFIX, embedded=True))

    assert (found.mode, found.fault, node.do("KEYS", "*")) == ("embedded", "", [])


def test_a_cluster_and_its_nodes_are_told_apart(tmp_path):
    with a_cluster(tmp_path) as cluster:
        found = survey_of(cluster.url)
        with pytest.raises(OwnFault, match=r"is a Redis Cluster: begin the address with redis\+cluster://"):
            survey_of(cluster.nodes[0].url)
        for node in cluster.nodes:
            node.do(*acl_line(PREFIX, StoreKind.CLUSTER).replace("PASSWORD", "secret").split())
        url = cluster.url.replace("redis+cluster://", "redis+cluster://stile:secret@")
        with_line = survey_of(url)
        for node in cluster.nodes:
            node.do("ACL", "SETUSER", "stile", "-cluster|slots")
        with pytest.raises(
            OwnFault, match=r"forbids CLUSTER\|SLOTS; cure: ACL SETUSER stile \+cluster\|slots"
        ):
            survey_of(url)

    assert (found.mode, found.fault, with_line.fault) == ("cluster", "", "")


def test_sentinels_and_what_they_watch_are_told_apart(tmp_path):
    with sentinels(tmp_path) as watched:
        found = survey_of(watched.url)
        unknown = survey_of(watched.url.replace("/shop", "/other"))
        with pytest.raises(OwnFault, match=r"is a Sentinel: write redis\+sentinel://HOST:PORT/SERVICE"):
            survey_of(watched.sentinels[0].url)
        with pytest.raises(OwnFault, match="is no Sentinel: begin the address with redis://"):
            survey_of(f"redis+sentinel://127.0.0.1:{watched.servers[0].port}/shop")

    assert (found.mode, found.fault, "No such master" in unknown.fault) == ("sentinel", "", True)


def test_one_server_is_no_cluster(node):
    with pytest.raises(OwnFault, match="is no cluster: begin the address with redis://"):
        survey_of(f"redis+cluster://127.0.0.1:{node.port}")


# What servers of other times say about themselves.


class Other(socketserver.StreamRequestHandler):
    """Answers as the server's `said` tells; everything else is fine with it."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self._word() for _ in range(int(line[1:]))]
            self.wfile.write(self.server.said.get(words[0].upper(), b"+OK\r\n"))  # type: ignore[attr-defined]

    def _word(self) -> bytes:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]


@contextmanager
def another(info: str, **said: bytes) -> Iterator[str]:
    """A server that calls itself so; its address."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Other) as server:
        text = info.replace("\n", "\r\n").encode()
        server.said = {  # type: ignore[attr-defined]
            b"INFO": b"$%d\r\n%b\r\n" % (len(text), text),
            b"TIME": _time(time.time()),
            **{name.encode(): reply for name, reply in said.items()},
        }
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _time(now: float) -> bytes:
    seconds, micros = b"%d" % int(now), b"%d" % int(now % 1 * 1e6)
    return b"*2\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(seconds), seconds, len(micros), micros)


TOO_OLD = {
    "Redis 5": (
        "redis_version:5.0.14\nredis_mode:standalone",
        "is redis 5.0.14; Stile needs redis 6.2 or later",
    ),
    "Redis 6.0": ("redis_version:6.0.16\n", "is redis 6.0.16; Stile needs redis 6.2 or later"),
    "Valkey before its time": (
        "redis_version:7.0.0\nserver_name:valkey\nvalkey_version:7.1.9\n",
        "is valkey 7.1.9; Stile needs valkey 7.2 or later",
    ),
}


@pytest.mark.parametrize(("info", "refusal"), TOO_OLD.values(), ids=TOO_OLD)
def test_a_store_that_is_too_old_is_refused_with_the_cure(info, refusal):
    with another(info) as url, pytest.raises(OwnFault) as fault:
        survey_of(url)

    assert refusal in str(fault.value)
    assert "update it, or leave state.redis out for a private store" in str(fault.value)


NEW_ENOUGH = {
    "Redis 6.2": ("redis_version:6.2.0\n", ("redis", "6.2.0")),
    "Redis 10": ("redis_version:10.0.1\n", ("redis", "10.0.1")),
    "Valkey 7.2": ("redis_version:7.2.4\nserver_name:valkey\nvalkey_version:7.2.5\n", ("valkey", "7.2.5")),
    "Valkey 10": ("redis_version:7.2.4\nserver_name:valkey\nvalkey_version:10.1.0\n", ("valkey", "10.1.0")),
}


@pytest.mark.parametrize(("info", "named"), NEW_ENOUGH.values(), ids=NEW_ENOUGH)
def test_a_store_of_our_time_is_taken(info, named):
    with another(info) as url:
        found = survey_of(url)

    assert (found.server, found.version) == named


@pytest.mark.parametrize("word", ["redis_mode", "server_mode"])
def test_a_node_of_a_cluster_says_so_in_either_word(word):
    with another(f"redis_version:7.2.4\n{word}:cluster\n") as url, pytest.raises(OwnFault, match="Cluster"):
        survey_of(url)


def test_clocks_that_differ_are_measured():
    with another("redis_version:7.0.0\n", TIME=_time(time.time() + 90.0)) as url:
        found = survey_of(url)

    assert 89.0 < found.clock_skew_s < 91.0


def test_a_command_that_was_renamed_is_named():
    unknown = b"-ERR unknown command 'EVALSHA', with args beginning with: 'x'\r\n"
    with another("redis_version:7.0.0\n", EVALSHA=unknown) as url, pytest.raises(OwnFault) as fault:
        survey_of(url)

    assert str(fault.value).endswith("does not know EVALSHA; cure: it must not be renamed or disabled")


def test_what_is_no_redis_is_away():
    with another("redis_version:7.0.0\n", INFO=b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        found = survey_of(url)

    assert "speaks no Redis" in found.fault
