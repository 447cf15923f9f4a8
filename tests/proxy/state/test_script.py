"""The script in the store and the reference in Python join memories alike, on every server that we start."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.behaviour.merge import FIELDS, LARGEST, PLACES, SIZE, Merging, merge, pack
from proxy.state.embedded import EmbeddedStore, carried_binary, server_binary
from proxy.state.script import CAREFUL, MERGE
from tests.support.stores import plain

BINARIES = {"preferred server": server_binary(), "carried server": carried_binary()}
SMALL = st.integers(0, 1_000)
BUCKETS = st.integers(179_000_000, 179_000_800)  # more than two hours apart rolls every window away
MOMENTS = st.integers(1_790_000_000, 1_790_008_000).map(float)
WIDE = st.integers(0, 2**52)


def _places() -> list[st.SearchStrategy[int] | st.SearchStrategy[float]]:
    by_kind = {Merging.BITS: st.integers(0, 2**256 - 1), Merging.BUCKET: BUCKETS}
    by_code = {"Q": WIDE, "d": MOMENTS, "I": SMALL | st.integers(LARGEST - 5, LARGEST)}
    return [
        by_kind.get(field.merging, by_code.get(field.code, SMALL))
        for field in FIELDS
        for _ in range(2 if field.merging is Merging.WINDOW else 1)
    ]


MEMORIES = st.tuples(*_places()).map(pack)


@pytest.fixture(scope="module", params=BINARIES.values(), ids=BINARIES)
def server(request, tmp_path_factory) -> Iterator[redis.Redis]:
    if request.param is None:
        pytest.skip("this machine has no such binary")
    store = EmbeddedStore(tmp_path_factory.mktemp("state"), binary=request.param)
    started = store.start()
    assert started.url, started.reason
    with plain(started.url) as client:
        yield client
    store.stop()


def send(server: redis.Redis, number: int, words: dict[str, bytes], receipt: str = "receipt") -> list[bytes]:
    return server.eval(MERGE, 1 + len(words), receipt, *words, number, 60_000, *words.values())


def a_memory(requests: int) -> bytes:
    places = [0] * len(PLACES)
    places[PLACES.index("requests")] = requests
    return pack(places)


def requests_in(memory: bytes) -> int:
    return int.from_bytes(memory[:4], "little")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ours=MEMORIES, theirs=MEMORIES)
def test_the_script_merges_as_the_reference_does(server, ours, theirs):
    server.flushall()
    send(server, 1, {"client": ours})
    (merged,) = send(server, 2, {"client": theirs})

    assert merged == merge(ours, theirs)


def test_a_batch_that_is_sent_again_counts_once(server):
    server.flushall()
    send(server, 1, {"client": a_memory(3)})
    (merged,) = send(server, 1, {"client": a_memory(3)})

    assert requests_in(merged) == 3


def test_the_batches_of_two_workers_do_not_answer_for_each_other(server):
    server.flushall()
    send(server, 1, {"client": a_memory(3)}, receipt="one")
    (merged,) = send(server, 1, {"client": a_memory(3)}, receipt="two")

    assert requests_in(merged) == 6


def test_a_store_that_lost_a_past_asks_for_it(server):
    server.flushall()
    replies = send(server, 1, {"client": a_memory(3) + CAREFUL})

    assert (replies, server.exists("client")) == ([b""], 0)


PASTS = {
    "the store knows nothing": (None, 13),
    "another worker was first": (a_memory(12), 15),
    "another worker remembers less": (a_memory(4), 13),
}


@pytest.mark.parametrize(("stored", "total"), PASTS.values(), ids=PASTS)
def test_pasts_join_by_the_larger_and_deltas_by_sum(server, stored, total):
    server.flushall()
    if stored:
        send(server, 1, {"client": stored})
    (merged,) = send(server, 2, {"client": a_memory(3) + a_memory(10)})

    assert requests_in(merged) == total


def test_a_memory_of_another_size_is_replaced(server):
    server.flushall()
    server.set("client", b"from another version")
    (merged,) = send(server, 1, {"client": a_memory(3)})

    assert (len(merged), requests_in(merged)) == (SIZE, 3)


def test_every_key_expires(server):
    server.flushall()
    send(server, 1, {"client": a_memory(3), "other": a_memory(1)})

    assert all(0 < server.pttl(key) <= 60_000 for key in server.keys("*"))
