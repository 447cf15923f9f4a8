"""All names of somebody are found in any kind of store, and nobody else's; a no is told with its cure."""

import asyncio
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from config.build_state import state_of
from config.sections import StateSection
from config.settings import State
from config.where import StoreKind, StoreTls, Where
from detectors.behaviour.memory import LAYOUT
from proxy.state.eraser import AGENT_CHARS, FEWEST_RIGHTS, RIGHTS, Eraser
from proxy.state.keys import Names
from proxy.state.store_fault import StoreFault
from proxy.state.survey import acl_line
from tests.support.certificates import Authority
from tests.support.clusters import Node, TheCluster, a_cluster, sentinels
from tests.support.processes import free_port, wait_until
from tests.support.stores import a_server, plain, workers

SECRET = b"a secret of at least 16 bytes"
SITES = frozenset(("shop", "api"))
ADDRESS, HOME, ACCOUNT = "203.0.113.7", "2001:db8:1:2::/64", "u=0123456789abcdef"
NEIGHBOURS = ("203.0.113.70", "203.0.113.8", "2001:db8:1:3::/64", "u=0123456789abcde0")
HOUR = 3600.0
LONGEST_STALL_S = 0.3  # importing redis-py is half of it


def state(**settings: object) -> State:
    return state_of(StateSection(**{"redis": "redis://127.0.0.1", **settings}), Path("/nowhere"))  # type: ignore[arg-type]


def names(prefix: str = "stile:", rotation_s: float | None = None, at: float = 0.0) -> Names:
    found = Names(f"{prefix}{LAYOUT}:", SECRET, rotation_s)
    found.turn(at or time.time())
    return found


def keys_of(subject: str, sites: frozenset[str] = SITES) -> list[str]:
    """The client keys of a subject: with two user agents where it is an address."""
    visitors = [] if subject.startswith("u=") else [f"v={subject}~0badcafe", f"v={subject}~00000000"]
    return [f"{site}/{rest}" for site in sorted(sites) for rest in (subject, *visitors)]


def everybody() -> list[bytes]:
    return [names().of(key) for subject in (ADDRESS, HOME, ACCOUNT, *NEIGHBOURS) for key in keys_of(subject)]


def erase(where: Where | str, *subjects: str, sites: frozenset[str] = SITES, **settings: object) -> int:
    place = Where.of(where) if isinstance(where, str) else where
    return asyncio.run(Eraser(place, state(**settings), SECRET).erase(frozenset(subjects), sites))


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("store")) as node:
        yield node


@pytest.fixture
def node(running: Node) -> Node:
    running.do("FLUSHALL")
    running.do("ACL", "DELUSER", "stile")
    return running


def filled(node: Node, keys: list[bytes]) -> Node:
    for key in keys:
        node.do("SET", key, b"packed")
    return node


WHO = {
    "an address, its visitors, on every site": ((ADDRESS,), 6),
    "a household": ((HOME,), 6),
    "an account": ((ACCOUNT,), 2),
    "two at once": ((ADDRESS, ACCOUNT), 8),
    "nobody known": (("192.0.2.1",), 0),
}


@pytest.mark.parametrize(("subjects", "count"), WHO.values(), ids=WHO)
def test_all_keys_of_somebody_go_and_no_others(node, subjects, count):
    filled(node, everybody())
    meant = {names().of(key) for subject in subjects for key in keys_of(subject)}

    assert erase(node.url, *subjects) == count
    assert set(node.do("KEYS", "*")) == set(everybody()) - meant


def test_one_site_is_looked_for_by_its_own_pattern(node):
    shop = frozenset(("shop",))
    filled(node, everybody())

    assert erase(node.url, ADDRESS, sites=shop) == 3
    assert len(node.do("KEYS", "*")) == len(everybody()) - 3


PREFIXES = ("*", "st?le[a-z]:", "back\\slash:", "[", "{}:")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("sites", [frozenset(("shop",)), SITES], ids=["one site", "two sites"])
def test_no_text_is_taken_for_a_pattern(node, prefix, sites):
    ours = [names(prefix).of(key) for key in keys_of(ADDRESS, sites)]
    foreign = [b"stile:other", b"stale:%d:x" % LAYOUT, b"backslash:", *everybody()]
    filled(node, [*ours, *foreign])

    assert erase(node.url, ADDRESS, sites=sites, key_prefix=prefix) == len(ours)
    assert set(node.do("KEYS", "*")) == set(foreign)


def test_names_of_earlier_periods_are_found_within_the_retention(node):
    now = time.time()
    kept = [names("stile:", HOUR, now - age * HOUR).of(key) for age in range(4) for key in keys_of(ADDRESS)]
    filled(node, kept)

    assert erase(node.url, ADDRESS, hash_rotation="1h", retention="3h") == len(set(kept))
    assert node.do("KEYS", "*") == []


def test_a_long_walk_lets_everybody_else_go_on(node):
    with plain(node.url) as store:
        store.mset({b"stile:%d:{x}%d" % (LAYOUT, number): b"" for number in range(100_000)})
    filled(node, everybody())
    node.do("CONFIG", "RESETSTAT")
    beats: list[float] = []

    async def scene() -> int:
        async def beat() -> None:
            while True:
                beats.append(time.monotonic())
                await asyncio.sleep(0.001)

        beating = asyncio.create_task(beat())
        erased = await Eraser(Where.of(node.url), state(), SECRET).erase(frozenset((ADDRESS,)), SITES)
        beating.cancel()
        return erased

    assert asyncio.run(scene()) == 6
    walk = node.do("INFO", "commandstats")["cmdstat_scan"]
    assert walk["calls"] >= 100_000 / 1000
    assert walk["usec_per_call"] < 20_000
    assert max(later - earlier for earlier, later in pairwise(beats)) < LONGEST_STALL_S


# every kind of store


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[TheCluster]:
    with a_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def test_every_shard_of_a_cluster_is_looked_through(cluster):
    for master in cluster.masters().values():
        master.do("FLUSHALL")
    shards = {cluster.holder(key).port for key in everybody()}
    for key in everybody():
        cluster.holder(key).do("SET", key, b"packed")

    assert len(shards) == 3
    assert erase(cluster.url, ADDRESS, ACCOUNT) == 8
    left = {key for master in cluster.masters().values() for key in master.do("KEYS", "*")}
    assert left == {key for subject in (HOME, *NEIGHBOURS) for key in map(names().of, keys_of(subject))}


def test_whoever_follows_is_counted_on_whichever_node_they_listen(cluster):
    async def scene() -> int:
        async with workers(cluster.url, 5):
            return await Eraser(Where.of(cluster.url), state(), SECRET).followers()

    assert asyncio.run(scene()) == 5


def test_in_a_cluster_the_documented_rights_are_enough(cluster):
    user = acl_line("stile:", StoreKind.CLUSTER).replace("PASSWORD", "secret").split()
    for server in cluster.nodes:
        server.do(*user, *RIGHTS[StoreKind.CLUSTER].split())
    where = Where.of(cluster.url.replace("cluster://", "cluster://stile:secret@"))

    assert erase(where, ADDRESS) >= 0
    assert asyncio.run(Eraser(where, state(), SECRET).followers()) == 0


def test_a_shard_that_is_away_is_no_success(tmp_path):
    with a_cluster(tmp_path) as cluster:
        for server in cluster.nodes[1::3]:
            server.kill()
        assert wait_until(lambda: b"fail" in str(cluster.nodes[0].do("CLUSTER", "NODES")).encode(), 10)

        with pytest.raises(StoreFault):
            erase(cluster.url, ADDRESS)


PROTECTED = {"nobody": (), "the store": ("servers",), "the sentinels as well": ("servers", "sentinels")}


@pytest.mark.parametrize("protected", PROTECTED.values(), ids=PROTECTED)
def test_the_master_behind_sentinels_is_found(tmp_path, protected):
    with sentinels(tmp_path) as found:
        filled(found.master(), everybody())
        for server in [server for group in protected for server in getattr(found, group)]:
            server.do("ACL", "SETUSER", "default", "resetpass", ">secret")
        url = found.url.replace("sentinel://", "sentinel://:secret@") if protected else found.url

        assert erase(url, ADDRESS) == 6


def test_tls_with_certificates_of_both_sides(tmp_path):
    ours = Authority(tmp_path / "ours")
    server, client, port = ours.give("server"), ours.give("client"), free_port()
    settings = {
        "port": 0,
        "tls-port": port,
        "tls-cert-file": server.certificate,
        "tls-key-file": server.key,
        "tls-ca-cert-file": ours.file,
        "tls-auth-clients": "yes",
    }
    with Node(tmp_path / "store", settings) as secured:
        log = tmp_path / "store" / "log"
        assert wait_until(
            lambda: secured.process.poll() is not None or (log.exists() and "Ready" in log.read_text("utf-8"))
        )
        if secured.process.poll() is not None:
            pytest.skip("this server was built without TLS")
        where = Where.of(f"rediss://127.0.0.1:{port}")

        assert erase(where.with_tls(StoreTls(ours.file, client.certificate, client.key)), ADDRESS) == 0
        with pytest.raises(StoreFault, match="certificate"):
            erase(where.with_tls(StoreTls(None, client.certificate, client.key)), ADDRESS)


def test_the_snapshot_of_the_private_store_is_written_anew(tmp_path):
    server = a_server(tmp_path / "state")
    with plain(server.url) as store:
        for key in everybody():
            store.set(key, b"packed")
        store.save()
        asyncio.run(
            Eraser(Where.of(server.url), state(redis=None), SECRET).erase(frozenset((ADDRESS,)), SITES)
        )
        secret_names = [names().of(key) for key in keys_of(ADDRESS)]
        gone = wait_until(lambda: not any(name in server.snapshot.read_bytes() for name in secret_names))
    server.stop()

    assert gone


# what is refused


def as_stile(node: Node, *rules: str) -> Where:
    node.do(*acl_line("stile:", StoreKind.SINGLE).replace("PASSWORD", "secret").split(), *rules)
    return Where.of(node.url.replace("redis://", "redis://stile:secret@"))


def test_the_documented_rights_are_enough(node):
    filled(node, everybody())
    where = as_stile(node, *FEWEST_RIGHTS.split())

    assert erase(where, ADDRESS) == 6
    assert asyncio.run(Eraser(where, state(), SECRET).followers()) == 0


@pytest.mark.parametrize("missing", FEWEST_RIGHTS.split())
def test_what_is_forbidden_is_told_with_the_rule_that_allows_it(node, missing):
    where = as_stile(node, *(rule for rule in FEWEST_RIGHTS.split() if rule != missing))
    eraser = Eraser(where, state(), SECRET)
    asked = eraser.erase(frozenset((ADDRESS,)), SITES) if missing == "+scan" else eraser.followers()

    with pytest.raises(StoreFault, match=r"cure: ACL SETUSER stile \+scan \+pubsub\|numsub") as refusal:
        asyncio.run(asked)
    assert "secret" not in str(refusal.value)


def test_a_store_that_is_away_is_told_at_once():
    began = time.monotonic()
    with pytest.raises(StoreFault, match=r"redis://127\.0\.0\.1"):
        erase(f"redis://:secret@127.0.0.1:{free_port()}", ADDRESS)

    assert time.monotonic() - began < 2.0


def test_a_visitor_s_name_ends_in_its_agent():
    assert len(names().of(f"shop/v={ADDRESS}~0badcafe")) - len(names().of(f"shop/v={ADDRESS}")) == AGENT_CHARS
