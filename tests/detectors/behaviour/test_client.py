"""What a client remembers is what happened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.memory import ROUTE_LANES, SKETCHES
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import Step, step_of
from detectors.behaviour.windows import WINDOWS
from tests.support.requests import a_request

NOW = 1_790_000_000.0
PAGE = step_of(a_request("/product/17"))
ASSET = step_of(a_request("/main.css"))


def a_client(paths: list[str], every_s: float = 1.0, route: str = "") -> Client:
    client = Client("203.0.113.7", NOW)
    for number, path in enumerate(paths):
        client.arrive(step_of(a_request(path)), NOW + number * every_s, route)
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


@pytest.mark.parametrize("route", ["", "product"])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_steady_rate_is_estimated_within_a_tenth(window: str, route: str) -> None:
    client = Client("203.0.113.7", NOW)
    width = WINDOWS[window]
    for number in range(600):
        client.arrive(PAGE, NOW + number * width / 200, "product" if number % 2 else "cart")
    expected = 100 if route else 200

    assert client.rate(window, NOW + 3 * width, route) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("route", ["", "product"])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_rate_is_forgotten_after_two_windows(window: str, route: str) -> None:
    client = a_client(["/"] * 50, every_s=0.01, route="product")

    assert client.rate(window, NOW + 2 * WINDOWS[window] + 1, route) == 0


def test_each_route_has_its_own_rate() -> None:
    client = a_client(["/"] * 3, every_s=0.1, route="cart")
    for _ in range(2):
        client.arrive(PAGE, NOW, "product")

    rates = {route: client.rate("1m", NOW, route) for route in ("", "cart", "product", "login")}
    assert rates == {"": 5, "cart": 3, "product": 2, "login": 0}


def test_further_routes_are_counted_in_all_but_not_by_route() -> None:
    client = a_client([])
    for number in range(ROUTE_LANES + 3):
        client.arrive(PAGE, NOW, f"route-{number}")

    rates = [client.rate("1m", NOW, f"route-{number}") for number in range(ROUTE_LANES + 3)]
    assert (client.requests, rates) == (ROUTE_LANES + 3, [1] * ROUTE_LANES + [0] * 3)


ROUTES = {"trap": ("traps", 1), "disallowed": ("disallowed", 1), "product": ("traps", 0)}


@pytest.mark.parametrize(("route", "expected"), ROUTES.items(), ids=ROUTES)
def test_routes_with_a_meaning_have_a_counter(route: str, expected: tuple[str, int]) -> None:
    name, count = expected

    assert a_client(["/x"], route=route).count(name) == count


def test_different_products_are_those_on_the_route_of_products() -> None:
    client = a_client([f"/product/{number}" for number in range(20)], route="product")
    for number in range(20):
        client.arrive(step_of(a_request(f"/blog/{number}")), NOW, "blog")

    assert client.distinct("products") == pytest.approx(20, abs=4)


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


@pytest.mark.parametrize("name", SKETCHES)
def test_every_sketch_can_be_asked_for(name: str) -> None:
    client = a_client([])
    setattr(client, name, bit_of_text("one"))

    assert client.distinct(name) == pytest.approx(1, abs=0.01)


def test_a_sketch_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        a_client([]).distinct("requests")


def test_a_page_that_only_its_answer_showed_is_counted_as_one() -> None:
    client = a_client(["/product/7/x.png"])
    client.count_page(PAGE, NOW + 1)

    assert (client.requests, client.images, client.pages, client.page_rate("1m", NOW + 1)) == (1, 1, 1, 1)


visits = st.lists(
    st.tuples(
        st.sampled_from([PAGE, ASSET, step_of(a_request("/api/x"))]),
        st.sampled_from(["", "home", "product", "cart"]),
        st.sampled_from([0.0, 0.5, 9.0, 40.0, 5000.0]),
    ),
    max_size=30,
)


@given(visits, visits)
def test_a_client_that_rested_counts_on_as_if_it_had_not(
    before: list[tuple[Step, str, float]], after: list[tuple[Step, str, float]]
) -> None:
    wakeful, now = Client("203.0.113.7", NOW), NOW
    for step, route, pause in before:
        now += pause
        wakeful.arrive(step, now, route)
    wakeful.cut()
    rested = Client.wake("203.0.113.7", wakeful.pack())
    numberless = step_of(a_request("/shoes"))  # where a run of numbers stood is not kept
    for _, route, pause in after:
        now += pause
        for client in (rested, wakeful):
            client.arrive(numberless, now, route)

    assert (rested.pack(), rested.cut()) == (wakeful.pack(), wakeful.cut())


def test_a_client_that_woke_has_nothing_to_share() -> None:
    assert Client.wake("203.0.113.7", a_client(["/", "/a"]).pack()).cut() is None


def test_a_clock_that_is_set_back_ends_no_window_too_late() -> None:
    client = Client("203.0.113.7", NOW)
    client.arrive(PAGE, NOW + 3600)
    for turn in range(60):
        client.arrive(PAGE, NOW + 10 * turn)

    assert client.rate("10s", NOW + 590) <= 2


def test_a_page_follows_one_that_was_visited_here() -> None:
    client, known, foreign = a_client(["/shoes"]), step_of(a_request("/shoes")), step_of(a_request("/hats"))
    linked = step_of(a_request("/product/17", headers=((b"Referer", b"https://shop.example/shoes"),)))
    for step, referrer in ((linked, known.path_hash), (linked, foreign.path_hash), (linked, 0), (PAGE, 0)):
        client.arrive(step, NOW + 60, referrer=referrer)

    assert (client.count("referred"), client.count("followed")) == (3, 1)


PACES = {  # pauses between pages; how many were quick, how many near the mean of those before
    "a machine's beat": ([2.0] * 6, 0, 5),
    "faster than anybody reads": ([0.5] * 4, 4, 3),
    "a person's": ([3.0, 45.0, 8.0, 160.0, 2.0], 0, 0),
    "all at once": ([0.0] * 3, 3, 2),
    "a silence that ends a visit": ([5.0, 7200.0, 5.0], 0, 1),
}


@pytest.mark.parametrize(("pauses", "quick", "alike"), PACES.values(), ids=PACES)
def test_the_pace_between_pages_is_remembered(pauses: list[float], quick: int, alike: int) -> None:
    client, now = a_client(["/shoes"]), NOW
    for pause in pauses:
        now += pause
        client.arrive(PAGE, now)

    assert (client.count("quick"), client.count("alike")) == (quick, alike)


def test_a_page_that_a_redirect_led_to_is_no_page_that_somebody_turned_to() -> None:
    client, now = Client("session:test", NOW), NOW
    form, cart = step_of(a_request("/cart", method="POST")), step_of(a_request("/cart"))
    for _ in range(4):
        now += 30.0
        client.arrive(form, now)
        client.respond(303, 0, form)
        now += 0.1
        client.arrive(cart, now)
        client.respond(200, 900, cart)

    assert client.count("gaps") == 3
    assert client.count("quick") == 0
    assert client.count("alike") == 2


def test_an_answer_from_the_cache_leads_nowhere() -> None:
    client = a_client(["/shoes"])
    client.respond(304, 0, PAGE)
    client.arrive(PAGE, NOW + 5.0)

    assert client.count("gaps") == 1


TURNS = {  # addresses asked for; how many turned a page on the path before
    "paging": (["/shoes", "/shoes?page=2", "/shoes?page=3"], 2),
    "two shelves in turn": (["/shoes?page=1", "/hats?page=1", "/shoes?page=2"], 0),
    "reading on": (["/shoes", "/product/1", "/product/1"], 0),
}


@pytest.mark.parametrize(("addresses", "turned"), TURNS.values(), ids=TURNS)
def test_turning_pages_of_one_path_is_remembered(addresses: list[str], turned: int) -> None:
    client = Client("session:test", NOW)
    for place, address in enumerate(addresses):
        path, _, query = address.partition("?")
        client.arrive(step_of(a_request(path, query=query)), NOW + place)

    assert client.count("turned") == turned
