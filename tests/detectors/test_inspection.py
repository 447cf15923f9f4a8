"""The memory of what was seen: bounded, exact, and never a reason to fail a request."""

import random
import time
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from detectors.evidence import Evidence
from detectors.inspection import MAX_CLAIMS, MAX_SIGHTINGS, Inspector, remember
from detectors.registry import DETECTORS, FINGERPRINT, WEIGHTS
from tests.support import header_sets as sets
from tests.support.requests import CHROME, a_request

FORGED = sets.sent(sets.FORGED_REQUESTS)
HEADERS = some.lists(
    some.tuples(
        some.sampled_from([name for name, _ in CHROME]) | some.binary(min_size=1, max_size=30),
        some.sampled_from([content for _, content in CHROME]) | some.binary(max_size=200),
    ),
    max_size=30,
)


@dataclass(frozen=True, slots=True)
class Broken:
    """Fails on every request."""

    default: ClassVar[float] = 9.0
    log_odds: float

    def inspect(self, *_: object) -> Evidence | None:
        raise TypeError("broken on purpose")


@given(HEADERS)
def test_the_memory_changes_nothing(headers):
    inspector = Inspector({})
    request = sets.sent(tuple(headers))

    first, second = inspector.sighting(request), inspector.sighting(replace(request))

    assert first == second == Inspector({}).sighting(request)


@given(some.permutations(list(FINGERPRINT)))
def test_the_order_of_detectors_does_not_matter(names):
    shuffled = Inspector({}, fingerprint={name: FINGERPRINT[name] for name in names})

    assert shuffled.sighting(FORGED) == Inspector({}).sighting(FORGED)


@given(HEADERS)
@example([(b"user-agent", b"\xff\xfe\x00und"), (b"Accept", b"")])
@example([(b"User-Agent", b"Mozilla/5.0 " * 9000), (b"sec-ch-ua", b'"' * 100_000)])
@example([(b"User-Agent", b"bot" * 40_000)] * 3)
@example([(b"X" * 100_000, b"")])
def test_any_bytes_are_read_without_fault(headers):
    sighting = Inspector({}).sighting(sets.sent(tuple(headers)))

    assert sighting.faults == ()


HOSTILE = {
    "long user agent": ((b"User-Agent", b"Mozilla/5.0 (compatible; bo " * 4000),),
    "long words": ((b"User-Agent", b"a" * 100_000),),
    "long hints": ((b"User-Agent", sets.CHROME_WINDOWS_UA), (b"sec-ch-ua", b'"Chromium";v="' * 8000)),
    "many headers": tuple((b"X-%d" % number, b"1") for number in range(2000)),
    "one name again and again": ((b"Accept", b"*/*"),) * 2000,
}


@pytest.mark.parametrize("headers", HOSTILE.values(), ids=HOSTILE)
def test_no_header_set_stops_the_loop(headers):
    request = sets.sent(headers)
    Inspector({}).sighting(request)  # patterns compile on first use

    started = time.process_time()
    Inspector({}).sighting(request)

    assert time.process_time() - started < 0.02


def test_a_flood_of_fingerprints_stays_within_its_bound():
    memory = {}

    for number in range(3 * MAX_SIGHTINGS):
        remember(memory, number, "seen", MAX_SIGHTINGS)

    assert len(memory) <= MAX_SIGHTINGS


def test_the_newest_survive_a_flood():
    memory = {}

    for number in range(3 * MAX_CLAIMS):
        remember(memory, number, "seen", MAX_CLAIMS)

    assert list(memory)[-1] == 3 * MAX_CLAIMS - 1


def test_an_oversized_header_set_is_judged_but_not_kept():
    inspector = Inspector({})
    request = sets.sent((*sets.FORGED_REQUESTS, (b"sec-ch-ua", b"x" * 5000)))

    first, second = inspector.sighting(request), inspector.sighting(request)

    assert first == second
    assert first is not second


def test_a_known_header_set_is_not_looked_at_again():
    inspector = Inspector({})

    assert inspector.sighting(FORGED) is inspector.sighting(replace(FORGED, address="198.51.100.9"))


@pytest.mark.parametrize(
    "change",
    [
        {"scheme": "http"},
        {"host": "localhost", "scheme": "http"},
        {"path": "/shoe.jpg"},
        {"http_version": "1.0"},
    ],
    ids=str,
)
def test_what_detectors_see_beside_the_headers_is_part_of_the_memory(change):
    inspector = Inspector({})
    inspector.sighting(FORGED)
    other = replace(FORGED, **change)

    assert inspector.sighting(other) == Inspector({}).sighting(other)


def test_where_a_page_load_says_it_came_from_is_part_of_the_memory():
    inspector = Inspector({})
    led = [
        sets.sent((*CHROME, (b"Referer", referrer)))
        for referrer in (b"https://shop.example.com/", b"https://www.google.com/")
    ]

    assert [inspector.sighting(each) for each in led] == [Inspector({}).sighting(each) for each in led]
    assert inspector.sighting(led[0]) != inspector.sighting(led[1])


def test_a_broken_detector_is_named_and_the_others_are_heard():
    inspector = Inspector({}, fingerprint=MappingProxyType({**FINGERPRINT, "broken": Broken}))
    sound = Inspector({}).sighting(FORGED)

    sighting = inspector.sighting(FORGED)

    assert sighting == replace(sound, faults=("broken",))


def test_a_broken_behaviour_detector_is_named_too(a_visit):
    faults = []

    evidence = Inspector({}, behaviour={"broken": Broken}).behaviour(a_visit, 0.0, faults)

    assert (evidence, faults) == ([], ["broken"])


@pytest.fixture
def a_visit():
    from detectors.behaviour.client import Client
    from detectors.visit import Visit

    return Visit(a_request(), Client("ip", 0.0), Client("session", 0.0))


def test_a_staged_detector_is_listed_but_does_not_count():
    weights = {"page_accept": 0.0}

    sighting = Inspector(weights).sighting(FORGED)

    assert Evidence("page_accept", 0.0, "a page load that does not ask for HTML") in sighting.evidence
    assert sighting.log_odds == pytest.approx(
        Inspector({}).sighting(FORGED).log_odds - WEIGHTS["page_accept"]
    )


def test_a_weight_replaces_the_default():
    sighting = Inspector({"browser_order": 9.0}).sighting(FORGED)

    assert sighting.evidence[0].log_odds == 9.0


def test_every_detector_has_a_weight_and_no_id_has_two_detectors():
    assert {name: detector.default for name, detector in DETECTORS.items()} == WEIGHTS


def test_evidence_comes_strongest_first():
    weights = [evidence.log_odds for evidence in Inspector({}).sighting(FORGED).evidence]

    assert weights == sorted(weights, reverse=True)


def test_a_known_request_costs_microseconds():
    inspector, request, rounds = Inspector({}), a_request(), 2000
    inspector.sighting(request)
    costs = []
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(rounds):
            inspector.sighting(request)
        costs.append((time.perf_counter() - started) / rounds)

    assert min(costs) < 6e-6  # 1.3 µs on the machine it was written on


def test_a_random_order_of_requests_gives_the_same_sightings():
    requests = [sets.sent(sets.FORGED_REQUESTS), a_request(), sets.sent(sets.firefox())] * 3
    random.Random(5).shuffle(requests)
    inspector = Inspector({})

    assert [inspector.sighting(each) for each in requests] == [
        Inspector({}).sighting(each) for each in requests
    ]
