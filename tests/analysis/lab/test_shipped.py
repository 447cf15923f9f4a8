"""The shipped sessions: small, of every family, without a trace of where they were recorded."""

import gzip
import re
from collections import Counter
from itertools import pairwise

import pytest

from analysis.lab.families import FAMILIES, SHOPPERS
from analysis.lab.sessions import SHIPPED, LabSession, play, read
from detectors.behaviour.step import ASSET, IMAGE, PAGE

MAX_BYTES = 5_000_000
TEXT = gzip.decompress(SHIPPED.read_bytes()).decode()
SESSIONS = read()
PEOPLE = [session for session in SESSIONS if not session.bot]
TRACES = {
    "an address": r"\d+\.\d+\.\d+\.\d+|::1",
    "a host": r"(?i)localhost|https?:|:\d{4,5}[/\"]",
    "an agent": r"(?i)mozilla|gecko|python-|applewebkit",
    "a cookie": r"(?i)stile_|hearthmoor|__host-",
    "a customer": r"(?i)@|%40|password",
}


def of(family: str) -> list[LabSession]:
    return [session for session in SESSIONS if session.family == family]


def test_it_is_small() -> None:
    assert SHIPPED.stat().st_size <= MAX_BYTES


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_there_is_no_trace_of(trace: str) -> None:
    assert re.findall(trace, TEXT) == []


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != SHOPPERS])
def test_a_family_is_there_with_and_without_disguise(family: str) -> None:
    disguises = Counter(session.disguised for session in of(family))

    assert all(session.bot for session in of(family))
    assert min(disguises[True], disguises[False]) >= 7
    assert len(of(family)) >= 15
    assert {session.goal for session in of(family)} == set(FAMILIES[family].goals)


def test_shoppers_are_there_with_every_errand() -> None:
    assert len(PEOPLE) >= 150
    assert {session.goal for session in PEOPLE} == set(FAMILIES[SHOPPERS].goals)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_session_begins_at_nought_and_goes_on_in_order(family: str) -> None:
    for session in of(family):
        times = [act.at_ms for act in session.acts]

        assert times[0] == 0
        assert times == sorted(times)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_client_counts_every_act(family: str) -> None:
    for session in of(family):
        client = list(play(session))[-1]
        kinds = Counter(act.step.kind for act in session.acts)

        assert client.requests == len(session.acts)
        assert (client.pages, client.images, client.assets) == (kinds[PAGE], kinds[IMAGE], kinds[ASSET])
        assert client.sent_bytes == sum(act.size for act in session.acts)


def test_people_load_what_their_first_page_needs_at_once() -> None:
    for session in PEOPLE:
        assets = [act for act in session.acts if act.step.kind is ASSET]

        assert {act.path for act in assets} >= {"/assets/shop.css", "/assets/shop.js"}
        assert assets[0].at_ms < 5000


def test_people_come_from_where_they_were() -> None:
    for session in PEOPLE:
        seen = {"*"}
        for act in session.acts:
            if act.referrer is not None:
                assert act.referrer in seen, f"{session.goal}: {act.referrer} was never asked for"
            seen.add(act.path)


def test_people_never_see_the_trap() -> None:
    assert not any(act.route == "trap" for session in PEOPLE for act in session.acts)


def test_people_take_their_time_between_pages() -> None:
    gaps = []
    for session in PEOPLE:
        pages = [act.at_ms for act in session.acts if act.step.kind is PAGE and not act.upgrade]
        gaps += [later - earlier for earlier, later in pairwise(pages)]
    gaps.sort()

    assert 5_000 < gaps[len(gaps) // 2] < 40_000
    assert gaps[len(gaps) // 100] < 2_000
    assert gaps[-len(gaps) // 100] > 120_000
