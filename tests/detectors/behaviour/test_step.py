"""A step is the same for a request on the wire and for its line in a log."""

import dataclasses

import pytest

from detectors.behaviour.step import Kind, referrer_of, step_of
from tests.support.requests import CHROME, a_request

KINDS = {
    "/": Kind.PAGE,
    "/product/17": Kind.PAGE,
    "/v1.2/changes": Kind.PAGE,
    "/index.PHP": Kind.PAGE,
    "/shop/main.css": Kind.ASSET,
    "/js/app.min.js": Kind.ASSET,
    "/img/shoe.webp": Kind.IMAGE,
    "/favicon.ico": Kind.IMAGE,
    "/api/cart": Kind.API,
    "/stock.json": Kind.API,
    "/sitemap.xml": Kind.OTHER,
    "/robots.txt": Kind.OTHER,
    "/blog/feed/": Kind.OTHER,
    "/.stile/answer": Kind.OTHER,
}
NUMBERS = {
    "/product/17": 17,
    "/product/17/": 17,
    "/red-shoe-17.html": 17,
    "/p/000123": 123,
    "/product/red": None,
    "/17/reviews": None,
    "/": None,
    "/sku/" + "9" * 40: int("9" * 15),
}


@pytest.mark.parametrize(("path", "kind"), KINDS.items(), ids=KINDS)
def test_the_path_tells_the_kind(path: str, kind: Kind) -> None:
    assert step_of(a_request(path)).kind is kind


@pytest.mark.parametrize(("path", "number"), NUMBERS.items(), ids=[path[:24] for path in NUMBERS])
def test_the_number_that_ends_the_path_is_read(path: str, number: int | None) -> None:
    assert step_of(a_request(path)).number == number


def test_a_script_s_call_is_no_page() -> None:
    request = a_request("/stock/17", headers=(*CHROME[:4], (b"Sec-Fetch-Dest", b"empty")))

    assert step_of(request).kind is Kind.API


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "BREW"])
def test_other_methods_read_no_page(method: str) -> None:
    assert step_of(a_request("/product/17", method=method)).kind is Kind.OTHER


def test_whoever_answers_a_challenge_has_read_no_page_and_sent_no_form() -> None:
    step = step_of(a_request("/.stile/answer", method="POST"))

    assert (step.kind, step.is_post) == (Kind.OTHER, False)


def test_a_path_that_is_not_utf8_and_very_long_is_still_a_step() -> None:
    request = dataclasses.replace(a_request(), path="/\udcff" + "a/" * 50_000)

    assert step_of(request).depth == 16


def test_the_path_hash_is_the_same_on_every_machine() -> None:
    assert step_of(a_request("/product/17")).path_hash == 203193235 * 0x9E3779B1 % 2**32


SHOES = step_of(a_request("/shoes")).path_hash
REFERRERS = {
    "https://shop.example/shoes": SHOES,
    "http://shop.example:8080/shoes?page=2#top": SHOES,
    "https://shop.example/a/../shoes": SHOES,
    "https://shop.example": step_of(a_request("/")).path_hash,
    "https://shop.example/": step_of(a_request("/")).path_hash,
    "https://shop.example?page=2": step_of(a_request("/")).path_hash,
    "android-app://com.example": 0,
    "/shoes": 0,
    "about:blank": 0,
    "": 0,
    "https://shop.example/" + "a" * 300: 0,
}


@pytest.mark.parametrize(("referrer", "expected"), REFERRERS.items())
def test_a_referrer_s_path_is_a_page_s(referrer: str, expected: int) -> None:
    assert referrer_of(a_request("/product/1", headers=((b"Referer", referrer.encode()),))) == expected


def test_without_a_referrer_there_is_none() -> None:
    assert referrer_of(a_request("/product/1")) == 0


UPGRADES = {b"websocket": Kind.OTHER, b" WebSocket ": Kind.OTHER, b"h2c": Kind.PAGE, b"": Kind.PAGE}


@pytest.mark.parametrize(("upgrade", "kind"), UPGRADES.items())
def test_the_beginning_of_a_websocket_is_no_page(upgrade: bytes, kind: Kind) -> None:
    assert step_of(a_request("/live", headers=((b"Upgrade", upgrade),))).kind is kind
