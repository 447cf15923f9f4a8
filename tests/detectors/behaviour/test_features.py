"""Features are numbers of the client alone, and none of them knows how the labels were made."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.behaviour.client import Client
from detectors.behaviour.features import FEATURES, features
from detectors.behaviour.step import Step, step_of
from tests.support.requests import CHROME, a_request

NOW = 1_790_000_000.0
REFERRED = (*CHROME, (b"Referer", b"https://shop.example.com/"))
STEPS = [step_of(a_request(path)) for path in ("/", "/shoes", "/product/1", "/product/2", "/api/x", "/a.png")]


def seen(steps: list[Step], every_s: float = 10.0) -> dict[str, float]:
    client = Client("session:x", NOW)
    for number, step in enumerate(steps):
        client.arrive(step, NOW + number * every_s)
    return dict(zip(FEATURES, features(client, client.last_seen), strict=True))


EXPECTED = {
    "pages": (["/", "/shoes"], 2),
    "images_per_page": (["/", "/a.png", "/b.png", "/shoes"], 1),
    "distinct_share": (["/", "/", "/", "/"], pytest.approx(0.25, abs=0.01)),
    "mean_depth": (["/", "/shoes/red"], 1),
    "call_share": (["/", "/api/a"], 0.5),
    "number_share": (["/", "/product/9"], 0.5),
    "sequence_share": (["/product/8", "/product/9"], 0.5),
    "mean_gap_s": (["/", "/shoes", "/boots"], 10),
    "gap_variation": (["/", "/shoes", "/boots", "/socks"], 0),
    "longest_gap_s": (["/", "/a.png", "/shoes"], 20),
    "page_rate_1m": (["/", "/shoes"], 2),
}


@pytest.mark.parametrize(("name", "case"), EXPECTED.items(), ids=EXPECTED)
def test_features_are_what_their_cards_say(name: str, case: tuple[list[str], float]) -> None:
    paths, expected = case

    assert seen([step_of(a_request(path)) for path in paths])[name] == expected


def test_shares_of_headers_and_methods_are_counted() -> None:
    steps = [
        step_of(a_request("/login", method="POST", headers=REFERRED)),
        step_of(a_request("/search", query="q=x", headers=REFERRED)),
        step_of(a_request("/")),
        step_of(a_request("/boots")),
    ]
    found = seen(steps)

    assert (found["post_share"], found["query_share"], found["referrer_share"]) == (0.25, 0.25, 0.5)


def test_a_client_that_did_nothing_has_numbers_too() -> None:
    assert all(isfinite(number) for number in seen([]).values())


@given(st.lists(st.sampled_from(STEPS), max_size=40), st.floats(0, 5000))
def test_every_feature_is_finite_and_within_its_range(steps: list[Step], every_s: float) -> None:
    found = seen(steps, every_s)

    assert all(isfinite(number) and number >= -1 for number in found.values())


LABEL_WRITERS = {
    "robots.txt": a_request("/robots.txt"),
    "HEAD": a_request("/shoes", method="HEAD"),
    "style sheet with referrer": a_request("/a.css", headers=REFERRED),
    "script with referrer": a_request("/a.js", headers=REFERRED),
}


@pytest.mark.parametrize("request_", LABEL_WRITERS.values(), ids=LABEL_WRITERS)
def test_what_wrote_a_label_moves_no_feature(request_: object) -> None:
    pages = [step_of(a_request("/")), step_of(a_request("/shoes"))]
    bare, mixed = Client("session:x", NOW), Client("session:x", NOW)
    for client in (bare, mixed):
        for number, step in enumerate(pages):
            client.arrive(step, NOW + number)
            client.respond(200, 1000, step)
    writer = step_of(request_)  # type: ignore[arg-type]
    mixed.arrive(writer, NOW + 2)
    mixed.respond(404, 500, writer)

    assert features(mixed, NOW + 3) == features(bare, NOW + 3)
