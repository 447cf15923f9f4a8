"""A replay remembers as the gateway does, within bounds, and without a store."""

from dataclasses import replace

import pytest

from analysis.records import Record, Recorded
from analysis.replaying.memory import SILENCE_S, Memory
from detectors.behaviour.crowd import Crowd
from detectors.identity.bot_claim import NO_CLAIM
from detectors.request import Network, Request
from detectors.visit import Visit
from tests.support.requests import CHROME, a_request

NOW = 1_790_000_000.0
MEMBERS = 5


def seen(memory: Memory, request: Request, status: int = 200, **facts: object) -> Visit:
    """A request counted with its answer."""
    record = Record(request, status, 512, **facts)  # type: ignore[arg-type]
    visit = memory.visit(record, request)
    memory.answer(record, visit)
    return visit


def from_(address: str, at: float = NOW, **facts: str) -> Request:
    return a_request(address=address, arrived=at, **facts)  # type: ignore[arg-type]


def test_memory_is_bounded_and_keeps_the_latest() -> None:
    memory = Memory(most=10)
    first = seen(memory, from_("10.0.0.0")).ip
    for number in range(1, 100):
        seen(memory, from_(f"10.0.0.{number}"))

    assert (len(memory), seen(memory, from_("10.0.0.0")).ip is first) == (10, False)


def test_whoever_comes_back_is_kept() -> None:
    memory = Memory(most=10)
    first = seen(memory, from_("10.0.0.0")).ip
    for number in range(1, 100):
        seen(memory, from_(f"10.0.0.{number}"))
        seen(memory, from_("10.0.0.0"))

    assert seen(memory, from_("10.0.0.0")).ip is first


SILENCES = {"shorter than the store's memory": (SILENCE_S - 60, True), "longer": (SILENCE_S + 60, False)}


@pytest.mark.parametrize(("silence_s", "same"), SILENCES.values(), ids=SILENCES)
def test_a_client_that_was_silent_for_long_starts_again(silence_s: float, same: bool) -> None:
    memory = Memory()
    client = seen(memory, from_("10.0.0.0")).ip

    assert (seen(memory, from_("10.0.0.0", NOW + silence_s)).ip is client) is same


def test_addresses_of_one_subscriber_are_one_client() -> None:
    memory = Memory()
    first = seen(memory, from_("2001:db8:1:2::1")).ip

    assert seen(memory, from_("2001:db8:1:2::2")).ip is first


def test_a_named_session_is_kept_apart_from_one_that_only_agents_tell() -> None:
    memory = Memory()
    named = seen(memory, from_("10.0.0.1"), session="abc").session
    unnamed = seen(memory, from_("10.0.0.1")).session
    elsewhere = seen(memory, from_("10.0.0.2"), session="abc").session

    assert (named is elsewhere, named is unnamed) == (True, False)


def test_two_agents_behind_one_address_are_two_sessions() -> None:
    memory = Memory()
    other = a_request(headers=(*CHROME[:6], (b"User-Agent", b"curl/8.5.0")), address="10.0.0.1")
    visits = [seen(memory, from_("10.0.0.1")), seen(memory, other)]

    assert (visits[0].ip is visits[1].ip, visits[0].session is visits[1].session) == (True, False)


def crowds_of(visit: Visit) -> dict[str, Crowd]:
    ip, session = visit.ip, visit.session
    return {
        "subnet": ip.subnet,
        "network": ip.asn,
        "fingerprint": session.fingerprint,
        "account": session.account,
    }


def a_crowded_memory(requests: int) -> Visit:
    """So many requests of some members of the same crowds."""
    memory = Memory()
    recorded = Recorded((), "0123456789ab", NO_CLAIM, "")
    network = Network(asn=64496)
    for number in range(requests):
        request = from_(f"203.0.113.{number % MEMBERS}", NOW + number, path=f"/product/{number}")
        visit = seen(memory, replace(request, network=network), recorded=recorded, account="89abcdef")
    return visit


@pytest.mark.parametrize("crowd", ["subnet", "network", "fingerprint", "account"])
def test_every_request_of_a_member_is_counted_on_its_crowds(crowd: str) -> None:
    visit = a_crowded_memory(37)

    assert crowds_of(visit)[crowd].count("requests") == 37


@pytest.mark.parametrize("crowd", ["subnet", "network", "fingerprint", "account"])
def test_all_else_is_folded_in_as_members_are_shared(crowd: str) -> None:
    pages = crowds_of(a_crowded_memory(400))[crowd].count("pages")

    assert 400 - 8 * MEMBERS <= pages <= 400


def test_without_a_network_or_a_fingerprint_there_are_no_such_crowds() -> None:
    crowds = crowds_of(seen(Memory(), from_("10.0.0.1")))

    assert {name: crowd.count("requests") for name, crowd in crowds.items()} == {
        "subnet": 1,
        "network": 0,
        "fingerprint": 0,
        "account": 0,
    }


LOGINS = {200: (1, 0), 302: (1, 0), 401: (1, 1), 403: (1, 1), 500: (1, 0)}


@pytest.mark.parametrize(("status", "counts"), LOGINS.items(), ids=map(str, LOGINS))
def test_attempts_to_log_in_are_told_by_the_answer(status: int, counts: tuple[int, int]) -> None:
    visit = seen(Memory(), a_request("/login", method="POST", route="login"), status)

    for client in (visit.ip, visit.session):
        assert (client.logins, client.logins_failed) == counts


def test_a_note_moves_its_counter() -> None:
    visit = seen(Memory(), from_("10.0.0.1"), note="challenges_solved")

    assert (visit.ip.challenges_solved, visit.session.challenges_solved) == (1, 1)


def test_what_stile_answered_is_no_answer_of_the_storefront() -> None:
    visit = seen(Memory(), from_("10.0.0.1"), 403, forwarded=False)

    assert (visit.ip.requests, visit.ip.refusals, visit.ip.sent_bytes) == (1, 0, 0)
