import gc
import tracemalloc
from random import Random

import pytest

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.merge import as_told, merge
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import step_of
from proxy.state.table import AWAKE_BYTES, REGULARS, SUSPECTS, TURN_S, ClientTable
from tests.support.memories import a_memory
from tests.support.requests import a_request
from tests.support.stores import NOW, PAGE, a_client

STEPS = [step_of(a_request(path)) for path in ("/", "/shoes", "/product/7", "/a.css", "/b.png", "/api/x")]
ROUTES = ("home", "product", "cart")
LONG_SILENCE_S = 60.0
MANY = 10**6


def a_table(*keys: str, max_clients: int = 200) -> ClientTable[Client]:
    table = ClientTable(max_clients, Client.wake)
    for key in keys:
        table.add(a_client(key))
    return table


def settled(client: Client) -> Client:
    """The client, all of whose counts the store knows."""
    client.cut()
    client.known = True
    return client


def a_regular(key: str, requests: int = 12) -> Client:
    """A typical client: some kinds of requests on some routes, a few sketches, shared once."""
    client, chance = Client(key, NOW), Random(key)
    client.addresses = bit_of_text(key)
    for number in range(requests):
        client.arrive(chance.choice(STEPS), NOW + 3.7 * number, ROUTES[number % len(ROUTES)])
        client.respond(200, 5_000)
    client.agents = bit_of_text("Mozilla/5.0")
    return settled(client)


def a_crowd(key: str) -> Crowd:
    """A subnet with a few requests of one member."""
    crowd = Crowd(key, NOW)
    for number in range(12):
        crowd.arrive(NOW + 3.7 * number)
    delta = crowd.cut()
    assert delta is not None
    crowd.absorb(delta)
    return crowd


def flood(table: ClientTable[Client], count: int) -> None:
    for number in range(count):
        key = f"forged-{number}"
        if table.find(key) is None:
            table.add(a_client(key, requests=1))


def put_to_rest(table: ClientTable, now: float = NOW + LONG_SILENCE_S) -> list:
    """Let everybody rest who can; whoever has to be shared first is returned."""
    unshared = table.rest(MANY, now)
    for turn in range(1, 3):  # who was used lately is idle after the first turn, and packed in the next
        unshared += table.rest(MANY, now + turn * (TURN_S + 1.0))
    return unshared


def test_finds_what_was_added():
    table = a_table("a", "b")

    assert (table.find("a").key, table.find("c")) == ("a", None)


def test_never_holds_more_than_its_bound():
    table = a_table(max_clients=500)
    table.max_bytes = MANY * MANY
    shared = a_client()
    for number in range(300_000):
        shared.key = f"forged-{number}"
        table.add(shared)

    assert (len(table), table.evicted) == (500, 299_500)


def test_never_weighs_more_than_its_bound():
    table = a_table(max_clients=500)
    heaviest = 0
    for number in range(3_000):
        table.add(a_regular(f"regular-{number}"))
        table.find(f"regular-{number}")
        heaviest = max(heaviest, table.size)

    assert 0.9 * table.max_bytes < heaviest <= table.max_bytes + AWAKE_BYTES


def test_a_flood_of_addresses_seen_once_spares_those_who_came_back():
    table = a_table("regular")
    table.find("regular")
    flood(table, 1_000)

    assert table.find("regular") is not None


def test_a_suspect_outlives_a_flood_of_regulars():
    table = a_table("suspect")
    table.suspect(table.find("suspect"))
    for number in range(1_000):
        flood_key = f"regular-{number}"
        table.add(a_client(flood_key))
        table.find(flood_key)

    assert table.find("suspect") is not None


def test_suspects_make_room_for_suspects_only():
    table = a_table("regular")
    table.find("regular")
    for number in range(1_000):
        client = a_client(f"suspect-{number}")
        table.add(client)
        table.suspect(client)

    assert (len(table) <= 100, table.find("regular") is not None) == (True, True)


def test_calling_a_stranger_suspicious_remembers_nobody():
    table = a_table()
    table.suspect(a_client("stranger"))

    assert len(table) == 0


def test_a_table_of_regulars_alone_still_takes_newcomers():
    keys = [f"regular-{number}" for number in range(100)]
    table = a_table(*keys)
    for key in keys:
        table.find(key)
    table.add(a_client("newcomer"))

    assert (len(table) <= 100, table.find("newcomer") is not None) == (True, True)


def test_a_newcomer_who_comes_back_is_a_regular():
    table = a_table("a", "b")
    table.find("a")

    assert (table.find("a").rank, table.find("b").rank) == (REGULARS, REGULARS)


def test_a_client_that_was_removed_is_gone():
    table = a_table("a", "b")
    removed = table.remove("a")

    assert (removed.gone, table.find("a"), len(table), table.remove("c")) == (True, None, 1, None)


def test_who_was_evicted_is_gone():
    table = a_table(max_clients=4)
    clients = [a_client(f"client-{number}") for number in range(20)]
    for client in clients:
        table.add(client)

    assert {client.key for client in clients if not client.gone} == {
        client.key for client in clients if table.find(client.key) is client
    }


def test_who_is_silent_and_settled_rests():
    table = a_table()
    for number in range(50):
        table.add(a_regular(f"regular-{number}"))
    put_to_rest(table)

    assert (len(table), table.awake) == (50, 0)


SILENCES = {"ten seconds": (10.0, 1), "a bucket more than twenty": (30.0, 0)}


@pytest.mark.parametrize(("silence_s", "awake"), SILENCES.values(), ids=SILENCES)
def test_who_was_here_lately_does_not_rest(silence_s, awake):
    table = a_table()
    table.add(settled(a_client("a", requests=3)))
    table.rest(MANY, NOW)
    table.rest(MANY, NOW + silence_s)

    assert table.awake == awake


def test_who_is_used_again_does_not_rest():
    table = a_table()
    for number in range(10):
        table.add(a_regular(f"regular-{number}"))
    table.rest(MANY, NOW + LONG_SILENCE_S)
    table.find("regular-3")
    table.rest(MANY, NOW + LONG_SILENCE_S + 1.0)

    assert (table.awake, table.find("regular-3").gone) == (1, False)


def test_no_more_rest_at_once_than_was_said():
    table = a_table()
    for number in range(50):
        table.add(a_regular(f"regular-{number}"))
    table.rest(7, NOW + LONG_SILENCE_S)
    table.rest(7, NOW + LONG_SILENCE_S + 1.0)

    assert table.awake == 43


UNSETTLED = {
    "never shared": lambda client: client.respond(200, 100),
    "counted since": lambda client: settled(client).arrive(PAGE, NOW),
    "answered since": lambda client: settled(client).respond(200, 100),
}


@pytest.mark.parametrize("leave", UNSETTLED.values(), ids=UNSETTLED)
def test_whose_counts_the_store_does_not_know_is_shared_first(leave):
    table, client = a_table(), a_client("a", requests=3)
    leave(client)
    table.add(client)
    unshared = put_to_rest(table)
    awake = table.awake
    settled(client)
    put_to_rest(table, NOW + 2 * LONG_SILENCE_S)

    assert (set(unshared), awake, table.awake) == ({client}, 1, 0)


def test_who_waits_to_be_shared_does_not_rest():
    table, client = a_table(), settled(a_client("a", requests=3))
    client.waiting = True
    table.add(client)
    unshared = put_to_rest(table)

    assert (unshared, table.awake) == ([], 1)


def test_who_was_counted_elsewhere_too_rests():
    table, client = a_table(), a_client("a")
    client.arrive(PAGE, NOW, "home")
    client.arrive(PAGE, NOW, "cart")
    delta = client.cut()
    client.absorb(merge(a_memory(5, bucket=client.bucket, routes={"cart": 3, "product": 2}), delta))
    table.add(client)
    put_to_rest(table)

    assert table.awake == 0


def test_whoever_wakes_is_as_they_fell_asleep():
    table = a_table()
    regulars = [a_regular(f"regular-{number}") for number in range(50)]
    before = [client.pack() for client in regulars]
    for client in regulars:
        table.add(client)
    put_to_rest(table)
    woken = [table.find(client.key) for client in regulars]

    assert [client.pack() for client in woken] == before
    assert all(client.gone for client in regulars)
    assert all(client.known and client.cut() is None for client in woken)


def test_a_suspect_wakes_as_a_suspect():
    table = a_table()
    table.add(a_regular("a"))
    table.suspect(table.find("a"))
    put_to_rest(table)

    assert table.find("a").rank == SUSPECTS


def test_whoever_wakes_weighs_as_before():
    table = a_table()
    for number in range(50):
        table.add(a_regular(f"regular-{number}"))
    size = table.size
    put_to_rest(table)
    resting = table.size
    for number in range(50):
        table.find(f"regular-{number}")

    assert (table.size, resting < size / 2) == (size, True)


def test_who_rests_is_forgotten_before_who_is_awake():
    table = a_table(max_clients=100)
    for number in range(20):
        table.add(a_regular(f"old-{number}"))
        table.find(f"old-{number}")
    put_to_rest(table)
    table.max_clients = 21
    table.add(a_client("young"))
    table.find("young")
    for number in range(20):
        table.add(a_client(f"another-{number}"))
        table.find(f"another-{number}")

    assert (table.find("young") is not None, table.find("old-3")) == (True, None)


def a_crowd_table() -> tuple[ClientTable[Crowd], Crowd]:
    table, crowd = ClientTable(100, Crowd.wake), a_crowd("shop/n=203.0.113.0/24")
    table.add(crowd)
    return table, crowd


def test_a_silent_crowd_rests_and_wakes_with_the_same_counts():
    table, crowd = a_crowd_table()
    put_to_rest(table)
    awake = table.awake
    woken = table.find(crowd.key)

    assert (awake, crowd.gone, woken.pack(), woken.cut()) == (0, True, crowd.pack(), None)


def test_a_crowd_in_use_never_rests():
    table, crowd = a_crowd_table()
    for second in range(0, 300, 5):
        crowd.arrive(NOW + second)
        table.rest(MANY, NOW + second)

    assert (table.awake, crowd.gone) == (1, False)


def test_a_crowd_of_which_others_saw_another_route_first_rests():
    table, member, crowd = ClientTable(100, Crowd.wake), a_client("a"), Crowd("shop/a=64496", NOW)
    for route in ("home", "cart"):
        member.arrive(PAGE, NOW, route)
        crowd.arrive(NOW)
    crowd.fold(as_told(member.pack()))
    delta = crowd.cut()
    crowd.absorb(merge(a_memory(5, bucket=crowd.bucket, routes={"cart": 3, "home": 2}), delta))
    table.add(crowd)
    put_to_rest(table)

    assert table.awake == 0


def test_a_flood_of_forged_addresses_costs_bounded_memory_and_spares_who_was_known():
    table = ClientTable(2_000, Client.wake)
    regulars, suspects = ([f"{kind}-{number}" for number in range(100)] for kind in ("regular", "suspect"))
    for key in (*regulars, *suspects):
        table.add(a_regular(key))
    for key in suspects:
        table.suspect(table.find(key))
    heaviest = 0
    for number in range(200_000):
        table.add(a_client(f"forged-{number}", requests=1))
        if number % 1_000 == 0:
            assert all(table.find(key) is not None for key in regulars)
            table.rest(40, NOW + LONG_SILENCE_S + number)
            heaviest = max(heaviest, table.size)

    assert all(table.find(key) is not None for key in suspects)
    assert heaviest <= table.max_bytes + AWAKE_BYTES


TYPICAL = {"a few requests": 5, "a dozen": 12, "a long visit": 60}


@pytest.mark.parametrize("requests", TYPICAL.values(), ids=TYPICAL)
def test_the_size_is_estimated_within_a_quarter(requests):
    a_regular("warm", requests)
    table, count = ClientTable(MANY, Client.wake), 2_000
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(count):
        table.add(a_regular(f"shop/203.0.{number // 250}.{number % 250}", requests))
    gc.collect()
    awake, _ = tracemalloc.get_traced_memory()
    estimated = table.size
    put_to_rest(table, NOW + 1_000)
    gc.collect()
    resting, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert table.awake == 0
    assert estimated == pytest.approx(awake - before, rel=0.25)
    assert table.size == pytest.approx(resting - before, rel=0.25)


def test_a_flood_of_newcomers_evicts_no_regular_who_rests():
    keys = [f"regular-{number}" for number in range(270)]
    table = ClientTable(400, Client.wake)
    for turn in range(3):
        for key in keys[turn * 90 : (turn + 1) * 90]:
            table.add(a_regular(key))
            table.find(key)
        put_to_rest(table, NOW + (turn + 1) * LONG_SILENCE_S)
    flood(table, 2_000)

    assert sum(table.find(key) is None for key in keys) == 0
