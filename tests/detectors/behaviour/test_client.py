"""What a client remembers is what happened."""

import tracemalloc

import pytest

from detectors.behaviour.client import WINDOWS, Client
from detectors.behaviour.step import step_of
from tests.support.requests import a_request

NOW = 1_790_000_000.0
PAGE = step_of(a_request("/product/17"))
ASSET = step_of(a_request("/main.css"))


def a_client(paths: list[str], every_s: float = 1.0) -> Client:
    client = Client("ip:203.0.113.7", NOW)
    for number, path in enumerate(paths):
        client.arrive(step_of(a_request(path)), NOW + number * every_s)
    return client


COUNTS = {
    "pages": 2,
    "assets": 1,
    "images": 1,
    "apis": 1,
    "requests": 6,
    "robots": 1,
    "distinct": pytest.approx(3, abs=0.1),
    "traps": 0,
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items(), ids=COUNTS)
def test_every_kind_has_its_counter(name: str, count: float) -> None:
    client = a_client(["/", "/a.css", "/a.png", "/api/x", "/robots.txt", "/shoes"])

    assert client.count(name) == count


def test_a_counter_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        a_client([]).count("paegs")


def test_what_only_the_gate_knows_can_be_noted() -> None:
    client = a_client([])
    client.note("challenges_issued")
    client.note("challenges_issued")

    assert client.count("challenges_issued") == 2


def test_notes_of_unknown_things_are_errors() -> None:
    with pytest.raises(KeyError):
        a_client([]).note("__class__")


@pytest.mark.parametrize("window", WINDOWS)
def test_a_steady_rate_is_estimated_within_a_tenth(window: str) -> None:
    client = Client("ip:203.0.113.7", NOW)
    width = WINDOWS[window]
    for number in range(600):
        client.arrive(PAGE, NOW + number * width / 200)

    assert client.rate(window, NOW + 3 * width) == pytest.approx(200, rel=0.1)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_rate_is_forgotten_after_two_windows(window: str) -> None:
    client = a_client(["/"] * 50, every_s=0.01)

    assert client.rate(window, NOW + 2 * WINDOWS[window] + 1) == 0


def test_page_rates_leave_assets_out() -> None:
    client = a_client(["/", "/a.css", "/a.png", "/b.js"])

    assert client.page_rate("1m", NOW + 4) == 1


def test_time_that_runs_backwards_is_endured() -> None:
    client = a_client(["/", "/a", "/b"], every_s=-40.0)

    assert (client.count("gap_ms"), client.rate("10s", NOW - 120), client.last_seen) == (0, 3, NOW)


def test_gaps_are_those_between_pages() -> None:
    client = a_client(["/", "/a.css", "/shoes", "/boots"], every_s=2.0)

    assert (client.gaps, client.gap_ms, client.gap_square, client.longest_gap_ms) == (2, 6000, 200_000, 4000)


def test_a_long_silence_is_no_gap_within_the_visit() -> None:
    assert a_client(["/", "/shoes"], every_s=1800.0).gaps == 0


RUNS = {
    "one by one": ([1, 2, 3, 4, 5], 4),
    "backwards": ([5, 4, 3, 2, 1], 4),
    "four parallel workers": ([2, 1, 4, 3, 7, 5, 6], 6),
    "the same page again": ([3, 3, 3, 3], 0),
    "a person who picks": ([120, 7, 431, 88], 0),
    "broken run": ([1, 2, 3, 90, 91], 2),
}


@pytest.mark.parametrize(("numbers", "longest"), RUNS.values(), ids=RUNS)
def test_runs_of_ids_are_followed(numbers: list[int], longest: int) -> None:
    assert a_client([f"/product/{number}" for number in numbers]).longest_run == longest


ANSWERS = {
    "found": (PAGE, 200, 0, 0),
    "missing page": (PAGE, 404, 1, 0),
    "missing icon": (ASSET, 404, 0, 0),
    "shop's own fault": (PAGE, 502, 0, 1),
}


@pytest.mark.parametrize(("step", "status", "errors", "server_errors"), ANSWERS.values(), ids=ANSWERS)
def test_answers_are_counted(step: object, status: int, errors: int, server_errors: int) -> None:
    client = a_client([])
    client.respond(status, 100, step)  # type: ignore[arg-type]

    assert (client.errors, client.server_errors, client.sent_bytes) == (errors, server_errors, 100)


@pytest.mark.parametrize(("pages", "tolerance"), [(10, 2), (50, 7), (100, 14), (250, 39), (500, 97)])
def test_distinct_pages_are_estimated_within_three_standard_errors(pages: int, tolerance: int) -> None:
    client = a_client([f"/product/{number}" for number in range(pages)])

    assert client.distinct() == pytest.approx(pages, abs=tolerance)


def test_a_client_takes_less_than_one_kilobyte() -> None:
    def remembered(number: int) -> Client:
        client = Client(f"ip:203.0.113.{number}", NOW)
        for place in range(6):
            client.arrive(ASSET if place % 3 else PAGE, NOW + place * 5)
            client.respond(200, 5000)
        delta = client.delta()
        assert delta is not None
        client.absorb(bytes(bytearray(delta)), delta)
        return client

    clients = [remembered(0)]
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    clients.extend(remembered(number) for number in range(2000))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (after - before) / 2000 < 1024
