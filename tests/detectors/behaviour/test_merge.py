"""Replicas that count apart and merge through the store know what one client would have known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.merge import (
    COUNTERS,
    FIELDS,
    LUA_FORMAT,
    PLACES,
    PYTHON_FORMAT,
    SIZE,
    MergeFault,
    merge,
    pack,
    subtract,
    unpack,
)
from detectors.behaviour.step import Step, step_of
from tests.support.requests import a_request

NOW = 1_790_000_000.0
STEPS = [
    step_of(a_request(path))
    for path in ("/", "/shoes", "/product/1", "/product/2", "/a.css", "/a.png", "/api/x", "/robots.txt")
]
# What follows an order is exact per replica only; see Client.
ORDERED = {"gaps", "gap_ms", "gap_square", "longest_gap_ms", "longest_run", "numbers", "sequential"}

acts = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["arrive", "arrive", "arrive", "push", "receive"]),
        st.sampled_from(STEPS),
        st.sampled_from([0.0, 0.3, 4.0, 11.0, 65.0, 700.0, 4000.0]),
    ),
    max_size=60,
)


class Store:
    """The shared store, in memory: totals, and answers that are still on their way."""

    def __init__(self) -> None:
        self.totals: bytes | None = None
        self.answers: dict[int, tuple[bytes, bytes]] = {}

    def push(self, replica: int, client: Client) -> None:
        delta = client.delta()
        if delta is None or replica in self.answers:
            return
        self.totals = delta if self.totals is None else merge(self.totals, delta)
        self.answers[replica] = (self.totals, delta)

    def receive(self, replica: int, client: Client) -> None:
        if replica in self.answers:
            client.absorb(*self.answers.pop(replica))


def everything(client: Client) -> dict[str, object]:
    return {name: getattr(client, name) for name in PLACES if name not in ORDERED}


@given(acts)
def test_any_interleaving_gives_the_totals_of_one_client(
    acts: list[tuple[int, str, Step, float]],
) -> None:
    store, now = Store(), NOW
    replicas = [Client("ip:203.0.113.7", NOW) for _ in range(3)]
    single = Client("ip:203.0.113.7", NOW)
    for replica, act, step, pause in acts:
        if act == "arrive":
            now += pause
            replicas[replica].arrive(step, now)
            single.arrive(step, now)
        elif act == "push":
            store.push(replica, replicas[replica])
        else:
            store.receive(replica, replicas[replica])
    for _ in range(2):
        for replica, client in enumerate(replicas):
            store.receive(replica, client)
            store.push(replica, client)
            store.receive(replica, client)
    merged = Client("ip:203.0.113.7", NOW)
    if store.totals is not None:
        merged.absorb(store.totals, None)

    assert everything(merged) == everything(single)


memories = st.builds(
    lambda counts, times, small, paths, bucket, windows: pack(
        (*counts, *sorted(times), *small, paths, bucket, *windows)
    ),
    st.lists(st.integers(0, 10**6), min_size=len(COUNTERS), max_size=len(COUNTERS)),
    st.lists(st.floats(0, 2e9), min_size=3, max_size=3),
    st.lists(st.integers(0, 10**6), min_size=2, max_size=2),
    st.integers(0, 2**256 - 1),
    st.integers(170_000_000, 170_000_800),
    st.lists(st.integers(0, 10**6), min_size=14, max_size=14),
)


@given(memories, memories)
def test_merging_does_not_mind_the_order(ours: bytes, theirs: bytes) -> None:
    assert merge(ours, theirs) == merge(theirs, ours)


@given(memories, memories, memories)
def test_merging_does_not_mind_the_grouping(a: bytes, b: bytes, c: bytes) -> None:
    assert merge(a, merge(b, c)) == merge(merge(a, b), c)


@given(memories)
def test_packing_loses_nothing(memory: bytes) -> None:
    assert pack(unpack(memory)) == memory


def test_what_was_never_counted_is_not_pushed() -> None:
    assert Client("ip:203.0.113.7", NOW).delta() is None


def test_what_was_absorbed_is_not_pushed_again() -> None:
    client = Client("ip:203.0.113.7", NOW)
    client.arrive(STEPS[0], NOW)
    delta = client.delta()
    assert delta is not None
    client.absorb(delta, delta)

    assert client.delta() is None


def test_a_store_that_forgot_everything_takes_nothing_below_zero() -> None:
    client = Client("ip:203.0.113.7", NOW)
    client.arrive(STEPS[0], NOW)
    full = client.delta()
    assert full is not None

    assert min(unpack(subtract(full, merge(full, full)))) == 0


def test_counts_saturate() -> None:
    client = Client("ip:203.0.113.7", NOW)
    client.note("traps", 2**40)
    delta = client.delta()
    assert delta is not None

    assert unpack(delta)[PLACES.index("traps")] == 2**32 - 1


@pytest.mark.parametrize("garbage", [b"", b"x", b"\0" * (SIZE - 1), b"\0" * (SIZE + 1)])
def test_bytes_of_another_layout_are_refused_and_change_nothing(garbage: bytes) -> None:
    client = Client("ip:203.0.113.7", NOW)
    with pytest.raises(MergeFault):
        client.absorb(garbage, None)

    assert not client.known


def test_both_languages_read_the_same_layout() -> None:
    assert PYTHON_FORMAT.replace("I", "I4").replace("Q", "I8").replace("32s", "I4" * 8) == LUA_FORMAT


def test_every_field_has_its_place() -> None:
    assert set(PLACES) >= {field.name for field in FIELDS}
