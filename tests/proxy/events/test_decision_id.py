"""Decision ids are UUIDv7, in order, and never twice."""

from uuid import RFC_4122, UUID

from proxy.events.decision_id import BLOCK, SEQUENCE_END, DecisionIds

NOW = 1_790_000_000.1234


def test_an_id_is_a_uuid_of_version_7():
    parsed = UUID(DecisionIds().next(NOW))

    assert (parsed.version, parsed.variant) == (7, RFC_4122)


def test_an_id_begins_with_its_millisecond():
    parsed = UUID(DecisionIds().next(NOW))

    assert parsed.int >> 80 == 1_790_000_000_123


def test_ids_rise_also_when_the_clock_is_set_back():
    ids = DecisionIds()
    made = [ids.next(NOW - step) for step in range(3 * BLOCK)]

    assert made == sorted(made)


def test_a_full_counter_borrows_the_next_millisecond():
    ids = DecisionIds()
    made = [ids.next(NOW) for _ in range(SEQUENCE_END + 1)]

    assert UUID(made[-1]).int >> 80 == 1_790_000_000_124


def test_two_workers_share_a_millisecond_without_sharing_an_id():
    made = {DecisionIds().next(NOW) for _ in range(500)}

    assert len(made) == 500
