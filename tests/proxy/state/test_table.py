from proxy.state.table import ClientTable
from tests.support.stores import a_client


def a_table(*keys: str, max_clients: int = 100) -> ClientTable:
    table = ClientTable(max_clients)
    for key in keys:
        table.add(a_client(key))
    return table


def flood(table: ClientTable, count: int) -> None:
    for number in range(count):
        key = f"forged-{number}"
        if table.find(key) is None:
            table.add(a_client(key))


def test_finds_what_was_added():
    table = a_table("a", "b")

    assert (table.find("a").key, table.find("c")) == ("a", None)


def test_never_holds_more_than_its_bound():
    table = a_table(max_clients=500)
    shared = a_client()
    for number in range(300_000):
        shared.key = f"forged-{number}"
        table.add(shared)

    assert (len(table), table.evicted) == (500, 299_500)


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

    assert (len(table), table.find("newcomer") is not None) == (100, True)
