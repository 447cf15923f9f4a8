"""Keys lie where the cluster specification says, and tables are read as real clusters write them."""

import pytest

from config.where import Spot
from proxy.state.server import Server
from proxy.state.slots import slot_of, spot_of_redirection, table_of
from proxy.state.store_fault import StoreFault
from proxy.state.wire import Entrance

ASKED = Spot("cache", 7000)
# 12739 is the specification's own vector for 123456789; the others were asked of CLUSTER KEYSLOT.
KEYS = {
    b"123456789": 12739,
    b"x{123456789}y": 12739,
    b"{}123456789": 1951,
    b"{user1000}.following": 3443,
    b"foo{{bar}}zap": 4015,
    b"foo{bar}{zap}": 5061,
    b"": 0,
}
REDIRECTIONS = {
    "MOVED 3999 127.0.0.1:6381": Spot("127.0.0.1", 6381),
    "ASK 3999 node.example:6381": Spot("node.example", 6381),
    "MOVED 1 ::1:6381": Spot("::1", 6381),
    "MOVED 1 :6381": Spot("cache", 6381),
}
NO_TABLES = {"nothing": [], "a text": b"OK", "no ports": [[0, 16383, [b"host"]]], "a hole": [[0, 1, None]]}


def at(spot: Spot) -> Server:
    return Server(spot, Entrance(None, None, 0, None))


@pytest.mark.parametrize(("key", "slot"), KEYS.items())
def test_a_key_lies_in_the_slot_of_its_hash_tag(key, slot):
    assert slot_of(key) == slot


@pytest.mark.parametrize(("text", "spot"), REDIRECTIONS.items())
def test_a_redirection_names_a_server(text, spot):
    assert spot_of_redirection(text, ASKED) == spot


def test_a_redirection_to_nowhere_is_a_fault():
    with pytest.raises(StoreFault):
        spot_of_redirection("MOVED 1 somewhere", ASKED)


@pytest.mark.parametrize("host", [b"", None, b"?"])
def test_a_node_that_does_not_know_its_name_has_the_one_we_asked(host):
    table = table_of([[0, 16383, [host, 7001, b"id"]]], ASKED, at)

    assert table[0] is not None
    assert table[0].spot == Spot("cache", 7001)


def test_a_table_gives_every_slot_its_master():
    shards = [[0, 8000, [b"a", 1, b"id", []], [b"replica", 2, b"id"]], [8002, 16383, [b"b", 3, b"id"]]]
    table = table_of(shards, ASKED, at)

    found = [
        server.spot.host if server else None for server in (table[0], table[8000], table[8001], table[-1])
    ]
    assert found == ["a", "a", None, "b"]


@pytest.mark.parametrize("reply", NO_TABLES.values(), ids=NO_TABLES)
def test_what_is_no_table_is_a_fault(reply):
    with pytest.raises(StoreFault):
        table_of(reply, ASKED, at)
