"""The script in the store and the reference in Python join memories alike, on every server that we start."""

import os
import time
from collections.abc import Callable, Iterable, Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.memory import (
    EPOCH,
    EPOCH_AT,
    LARGEST,
    ROUTE_LANES,
    bucket_of,
    epoch_of,
    requests_of,
    shares_of,
    total_of,
    unpack_words,
    with_epoch,
)
from detectors.behaviour.merge import merge
from detectors.behaviour.windows import BUCKET_S, LANE
from proxy.state.embedded import EmbeddedStore, carried_binary, server_binary
from proxy.state.script import AHEAD, ALONE, BASE_S, MERGE, NEWCOMER_REQUESTS, WORD
from tests.support.memories import BUCKET, MANY_ROUTES, NEARLY_FULL, SMALL, a_memory, memories, sums
from tests.support.stores import NOW, PAGE, plain

BINARIES = {"preferred server": server_binary(), "carried server": carried_binary()}
LAW = settings(
    max_examples=int(os.environ.get("SHARING_EXAMPLES", "60")),  # with two servers
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TTL_MS, NEWCOMER_TTL_MS = 60_000, 5_000
FEW_ROUTES = MANY_ROUTES[:ROUTE_LANES]
PAST = memories(routes=FEW_ROUTES, epochs=st.just(0.0) | st.floats(1.0, 1e9))
OF_NOW = memories(routes=FEW_ROUTES, epochs=st.just(0.0) | st.floats(1.0, 1e9), buckets=st.just(BUCKET))
Sums = tuple[dict[str, int], dict[int, list[int]]]
ANY = memories(counts=SMALL | NEARLY_FULL, routes=MANY_ROUTES)


@pytest.fixture(scope="module", params=BINARIES.values(), ids=BINARIES)
def started(request, tmp_path_factory) -> Iterator[redis.Redis]:
    if request.param is None:
        pytest.skip("this machine has no such binary")
    store = EmbeddedStore(tmp_path_factory.mktemp("state"), binary=request.param)
    started = store.start()
    assert started.url, started.reason
    with plain(started.url) as client:
        yield client
    store.stop()


@pytest.fixture
def server(started: redis.Redis) -> redis.Redis:
    started.flushall()
    return started


def a_word(delta: bytes, *, expected: int = 0, requests: int = 0, past: bytes = b"") -> bytes:
    """A delta as a worker sends it that believes the store to have merged so many, and so many requests."""
    return WORD.pack(expected, requests, len(delta)) + delta + past


def send(server: redis.Redis, number: int, words: dict[str, bytes], receipt: str = "receipt") -> list[bytes]:
    return server.eval(
        MERGE, 1 + len(words), receipt, *words, number, TTL_MS, NEWCOMER_TTL_MS, *words.values()
    )


@LAW
@given(ours=ANY, theirs=ANY)
def test_the_script_merges_as_the_reference_does(started, ours, theirs):
    started.flushall()
    send(started, 1, {"client": a_word(ours)})
    send(started, 2, {"client": a_word(theirs)})

    assert without_epoch(started.get("client")) == without_epoch(merge(ours, theirs))


@LAW
@given(st.lists(memories(routes=MANY_ROUTES), min_size=2, max_size=6))
def test_many_deltas_are_added_up_as_the_reference_does(started, deltas):
    started.flushall()
    expected = deltas[0]
    for delta in deltas[1:]:
        expected = merge(expected, delta)
    for number, delta in enumerate(deltas):
        send(started, number, {"client": a_word(delta)})

    assert without_epoch(started.get("client")) == without_epoch(expected)


@LAW
@given(two=st.lists(st.tuples(OF_NOW, OF_NOW), min_size=2, max_size=2))
def test_pasts_join_by_maximum_and_deltas_by_sum(started, two):
    """In the same moment: windows of which one part has ended have no maximum."""
    started.flushall()
    for number, (past, delta) in enumerate(two):
        send(started, number, {"client": a_word(delta, past=past)})
    larger = joined([sums(past) for past, _ in two], max)

    assert sums(total_of(started.get("client"))) == joined([larger, *(sums(delta) for _, delta in two)], sum)


@LAW
@given(first=memories(routes=FEW_ROUTES), past=PAST, delta=memories(routes=FEW_ROUTES))
def test_a_past_is_added_to_what_the_store_heard_before_from_nothing(started, first, past, delta):
    started.flushall()
    send(started, 1, {"client": a_word(first)})
    send(started, 2, {"client": a_word(delta, past=past)})
    bucket = max(map(bucket_of, [first, past, delta]))

    assert sums(total_of(started.get("client"))) == joined(
        [sums(each, bucket) for each in (first, past, delta)], sum
    )


def test_a_batch_that_is_sent_again_counts_once(server):
    first = send(server, 1, {"client": a_word(a_memory(3, shares=1)), "other": a_word(a_memory(2, shares=1))})
    again = send(server, 1, {"client": a_word(a_memory(3, shares=1)), "other": a_word(a_memory(2, shares=1))})

    assert [answer[:1] for answer in first] == [ALONE, ALONE]
    assert [requests_of(each) for each in again] == [3, 2]


def test_a_batch_that_is_sent_again_tells_what_others_added_meanwhile(server):
    send(server, 1, {"client": a_word(a_memory(3, shares=1))})
    send(server, 1, {"client": a_word(a_memory(4, shares=1))}, receipt="of another worker")
    (merged,) = send(server, 1, {"client": a_word(a_memory(3, shares=1))})

    assert requests_of(merged) == 7


def test_the_batches_of_two_workers_do_not_answer_for_each_other(server):
    send(server, 1, {"client": a_word(a_memory(3, shares=1))}, receipt="one")
    (merged,) = send(server, 1, {"client": a_word(a_memory(3, shares=1))}, receipt="two")

    assert requests_of(merged) == 6


def test_the_answers_come_in_the_order_of_the_clients(server):
    send(server, 1, {"a": a_word(a_memory(1, shares=1)), "b": a_word(a_memory(2, shares=1))}, receipt="one")
    merged = send(server, 1, {name: a_word(a_memory(1, shares=1)) for name in "abc"}, receipt="two")

    assert [each[:1] if len(each) < 10 else requests_of(each) for each in merged] == [2, 3, ALONE]


ANSWERS = {  # deltas and requests that the store knows, those that the worker believes it to know
    "the store knows fewer deltas": ((2, 5), (3, 5), b""),
    "the store knows as many deltas, but fewer requests": ((2, 5), (2, 6), b""),
    "the store knows nothing of the client": ((0, 0), (1, 1), b""),
    "nobody knew the client": ((0, 0), (0, 0), ALONE),
}


@pytest.mark.parametrize(("known", "believed", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_who_knows_the_totals_is_not_told_them(server, known, believed, answer):
    if known[0]:
        send(server, 1, {"client": a_word(a_memory(known[1], shares=known[0]))})
    word = a_word(a_memory(1, shares=1), expected=believed[0], requests=believed[1])

    (got,) = send(server, 2, {"client": word})

    assert got[:1] == answer


def test_whoever_is_the_first_is_told_the_epoch_and_the_others_with_the_totals(server):
    (first,) = send(server, 1, {"client": a_word(a_memory(1, shares=1))})
    begun = server.get("client")
    delta = a_memory(1, shares=1, epoch=epoch_of(begun))
    (again,) = send(server, 2, {"client": a_word(delta, expected=1, requests=1)})
    (other,) = send(server, 1, {"client": a_word(a_memory(1, shares=1))}, receipt="two")

    assert time.time() - 60 < epoch_of(begun) <= time.time()
    assert (first, again, epoch_of(other)) == (ALONE + begun[EPOCH_AT:][: EPOCH.size], ALONE, epoch_of(begun))


def test_a_worker_that_knows_less_is_told_the_totals(server):
    send(server, 1, {"client": a_word(a_memory(5, shares=2))})
    delta = a_memory(1, shares=1, epoch=epoch_of(server.get("client")))
    (merged,) = send(server, 2, {"client": a_word(delta, expected=1)})

    assert (requests_of(merged), shares_of(merged)) == (6, 3)


def test_a_store_that_lost_a_past_merges_nothing_before_it_was_told(server):
    send(server, 1, {"client": a_word(a_memory(5, shares=2))})
    send(
        server,
        2,
        {"client": a_word(a_memory(1, shares=1), expected=3), "lost": a_word(a_memory(1), expected=1)},
    )

    assert (requests_of(server.get("client")), server.exists("lost")) == (5, 0)


PASTS = {  # what two workers tell after a loss: requests of the past, of the delta
    "the second knows more": ((10, 3), (15, 2), 20),
    "the second knows less": ((15, 2), (10, 3), 20),
    "the first counted as many as the second knows more": ((10, 9), (19, 1), 29),
    "the first knew nothing": ((0, 4), (10, 3), 17),
}


@pytest.mark.parametrize(("first", "second", "total"), PASTS.values(), ids=PASTS)
def test_a_past_that_comes_late_is_not_hidden_by_what_was_counted_since(server, first, second, total):
    for number, (past, counted) in enumerate((first, second)):
        told = a_memory(past, shares=past) if past else b""
        word = a_word(a_memory(counted, shares=1), past=told)
        (merged,) = send(server, number, {"client": word})

    assert (requests_of(merged), unpack_words(merged)[0]) == (total, total)


def test_who_comes_from_before_a_loss_is_asked_for_the_past(server):
    send(server, 1, {"client": a_word(a_memory(9, shares=1), past=a_memory(10, shares=2))})
    (answer,) = send(server, 1, {"client": a_word(a_memory(1), expected=3, requests=15)}, receipt="two")

    assert answer == b""


def test_after_a_second_loss_nothing_counts_twice(server):
    """The store goes back to where it was after the first: what came since is in the pasts alone."""
    send(server, 1, {"client": a_word(a_memory(3, shares=1), past=a_memory(10, shares=2))})
    saved = server.get("client")
    (past,) = send(server, 2, {"client": a_word(a_memory(4, shares=1), expected=0)})
    server.set("client", saved)
    (merged,) = send(server, 3, {"client": a_word(a_memory(1, shares=1, epoch=epoch_of(past)), past=past)})

    assert requests_of(merged) == 10 + 3 + 4 + 1


def test_a_base_is_dropped_after_a_while(server):
    old = time.time() - BASE_S - 5
    both, base = a_memory(13, epoch=old, shares=2), a_memory(10, epoch=old, shares=1)
    server.set("client", both + base + len(both).to_bytes(4, "little"))
    send(server, 1, {"client": a_word(a_memory(1, shares=1, epoch=old), expected=2, requests=13)})

    assert requests_of(server.get("client")) == 14
    assert len(server.get("client")) == len(both)


def test_counts_saturate(server):
    for number in range(2):
        send(server, number, {"client": a_word(a_memory(LARGEST - 1, routes={"home": LARGEST - 1}))})
    merged = server.get("client")

    assert (requests_of(merged), max(unpack_words(merged))) == (LARGEST, LARGEST)


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_a_memory_from_a_clock_that_is_ahead_counts_as_of_now(server, hours):
    """Whether it is the delta of a node whose clock is wrong, or was stored before we knew better."""
    ahead, now = time.time() + 3600 * hours, int(time.time() / BUCKET_S)
    client = Client("client", ahead)
    client.arrive(PAGE, ahead)
    delta = client.cut()
    send(server, 1, {"sent": a_word(delta)})
    server.set("stored", delta)
    send(server, 2, {"stored": a_word(a_memory(1))})

    assert [bucket_of(server.get(name)) - now for name in ("sent", "stored")] == pytest.approx(
        [AHEAD] * 2, abs=1
    )
    assert requests_of(server.get("stored")) == 2


FOREIGN = {
    "another version": b"from another version",
    "nothing": b"",
    "a huge one": bytes(100_000),
    "one with a base of another size": a_memory(1) + bytes(501) + len(a_memory(1)).to_bytes(4, "little"),
    "one that says that it is longer": a_memory(1) * 2 + (2**32 - 1).to_bytes(4, "little"),
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_memory_of_another_size_is_replaced(server, foreign):
    server.set("client", foreign)
    send(server, 1, {"client": a_word(a_memory(3))})

    assert without_epoch(server.get("client")) == a_memory(3)


def test_a_key_of_another_type_is_replaced_and_its_batch_is_merged(server):
    server.rpush("client", "foreign")
    answers = send(server, 1, {"client": a_word(a_memory(3)), "other": a_word(a_memory(2))})

    assert [answer[:1] for answer in answers] == [ALONE, ALONE]
    assert [without_epoch(server.get(name)) for name in ("client", "other")] == [a_memory(3), a_memory(2)]


def test_a_key_that_became_another_type_is_as_good_as_lost(server):
    send(server, 1, {"client": a_word(a_memory(3, shares=1))})
    server.delete("client")
    server.rpush("client", "foreign")
    word = a_word(a_memory(1, shares=1), expected=1, requests=3)
    asked, again = send(server, 2, {"client": word}), send(server, 2, {"client": word})
    send(server, 3, {"client": a_word(a_memory(1, shares=1), past=a_memory(3, shares=1))})

    assert (asked, again, requests_of(total_of(server.get("client")))) == ([b""], [b""], 4)


def test_a_receipt_of_another_type_is_replaced(server):
    server.rpush("receipt", "foreign")
    answers = [send(server, 1, {"client": a_word(a_memory(3))}) for _ in range(2)]

    assert (answers[0][0][:1], requests_of(answers[1][0]), server.get("receipt")) == (ALONE, 3, b"1")


def test_what_clients_cut_is_what_the_script_understands(server):
    one, two = Client("203.0.113.7", NOW), Client("203.0.113.7", NOW)
    for number, (client, route) in enumerate([(one, "home"), (two, "cart"), (one, "product"), (two, "home")]):
        client.arrive(PAGE, NOW + number * 40, route)
        expected, requests = client.shares, client.requests - 1
        delta = client.cut()
        word = a_word(delta, expected=expected, requests=requests)
        (merged,) = send(server, number, {"client": word})
        if merged[:1] != ALONE:
            client.absorb(merged)
        elif len(merged) > 1:
            client.begin_epoch(merged[1:])

    assert (two.requests, two.rate("10m", NOW + 120, "home"), two.shares) == (4, 2, 4)


TTLS = {1: NEWCOMER_TTL_MS, NEWCOMER_REQUESTS - 1: NEWCOMER_TTL_MS, NEWCOMER_REQUESTS: TTL_MS, 1000: TTL_MS}


@pytest.mark.parametrize(("requests", "ttl_ms"), TTLS.items(), ids=map(str, TTLS))
def test_newcomers_are_kept_for_a_shorter_time(server, requests, ttl_ms):
    send(server, 1, {"client": a_word(a_memory(requests))})

    assert ttl_ms - 2_000 < server.pttl("client") <= ttl_ms


def test_a_newcomer_who_stays_is_kept(server):
    for number in range(NEWCOMER_REQUESTS):
        send(server, number, {"client": a_word(a_memory(1))})

    assert server.pttl("client") > NEWCOMER_TTL_MS


def test_every_key_expires(server):
    send(server, 1, {"client": a_word(a_memory(3)), "other": a_word(a_memory(1))})

    assert all(0 < server.pttl(key) <= TTL_MS for key in server.keys("*"))


def joined(memories: list[Sums], how: Callable[[Iterable[int]], int]) -> Sums:
    """Number by number; a lane that is missing counted nothing."""
    counts = {name: how(counts[name] for counts, _ in memories) for name in memories[0][0]}
    lanes = {}
    for lane in {lane for _, lanes in memories for lane in lanes}:
        columns = zip(*(lanes.get(lane, [0] * LANE) for _, lanes in memories), strict=True)
        lanes[lane] = [how(column) for column in columns]
    return counts, lanes


def without_epoch(packed: bytes) -> bytes:
    """The epoch is the moment at which the store heard of it."""
    return with_epoch(packed)


def test_a_refusal_whose_answer_was_lost_is_told_again(server):
    send(server, 1, {"client": a_word(a_memory(5, shares=2))})
    words = {"client": a_word(a_memory(1), expected=3), "other": a_word(a_memory(2))}
    first, again = send(server, 2, words), send(server, 2, words)
    without_one = send(server, 2, {"other": words["other"]})

    assert (first[0], again[0], requests_of(again[1]), requests_of(without_one[0])) == (b"", b"", 2, 2)


def test_a_batch_that_comes_late_is_not_merged_again(server):
    """Over a connection that was given up, after the next one was answered over another."""
    for number in (1, 2, 1):
        send(server, number, {"client": a_word(a_memory(1))})

    assert requests_of(server.get("client")) == 2
