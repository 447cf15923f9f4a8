"""Visits for tests: what a session did, told as (path, seconds since the step before), counted for real."""

from collections.abc import Iterable

from detectors.behaviour.client import Client
from detectors.behaviour.crowd import Crowd
from detectors.behaviour.merge import as_told
from detectors.behaviour.sketch import bit_of_text
from detectors.behaviour.step import step_of
from detectors.request import Request
from detectors.visit import Visit
from tests.support.requests import CHROME, a_request

NOW = 1_790_000_000.0
REFERRED = (*CHROME, (b"Referer", b"https://shop.example.com/"))
Deed = tuple[str, float]


def a_visit(
    deeds: Iterable[Deed], *, referred: bool = True, status: int = 200, traps: int = 0
) -> tuple[Visit, float]:
    """The visit at its last request, not yet answered, and the time of it."""
    client, now, request = Client("session:x", NOW), NOW, a_request()
    answered = None
    for path, pause_s in deeds:
        now += pause_s
        if answered is not None:
            client.respond(status, 1000, answered)
        request = _request(path, referred=referred, now=now)
        answered = step_of(request)
        client.arrive(answered, now)
    client.note("traps", traps)
    return Visit(request, client, client), now


def _request(path: str, *, referred: bool, now: float) -> Request:
    plain, _, query = path.partition("?")
    return a_request(plain, query=query, headers=REFERRED if referred else CHROME, arrived=now)


def sweep(pages: int, every_s: float = 1.0, first: int = 1, stride: int = 1) -> list[Deed]:
    """A script that reads products by number and nothing else."""
    return [(f"/product/{first + number * stride}", every_s) for number in range(pages)]


def shopping(pages: int, mean_s: float = 20.0) -> list[Deed]:
    """A person who looks at products: uneven pauses, style sheets once, images with every page."""
    deeds: list[Deed] = [("/", 0.0), ("/main.css", 0.3), ("/app.js", 0.1)]
    for number in range(pages):
        pause_s = mean_s * (0.2, 0.5, 0.7, 1.0, 2.6)[number % 5]
        deeds.append((f"/product/{number * 7919 % 9973}", pause_s))
        deeds.extend((f"/img/{number}-{picture}.webp", 0.1) for picture in range(3))
    return deeds


def in_coats(count: int) -> tuple[Visit, float]:
    """A visit whose cookie came back from `count` user agents, as far as the sketch tells them apart."""
    visit, now = a_visit([("/", 0.0)])
    number = 0
    while visit.session.agents.bit_count() < count:
        visit.session.agents |= bit_of_text(f"Mozilla/5.0 (number {number})")
        number += 1
    return visit, now


def shared_by(addresses: int, *, pages: int, assets: int) -> tuple[Visit, float]:
    """A visit whose fingerprint all these addresses have, each with so many pages and style sheets."""
    crowd, (visit, now) = Crowd("f=1", NOW), a_visit([("/", 0.0)])
    sheet = step_of(a_request("/main.css"))
    for number in range(addresses):
        member = Client(f"s={number}", NOW)
        member.addresses = bit_of_text(f"ip=198.51.{number >> 8}.{number & 255}")
        for _ in range(assets):
            member.arrive(sheet, NOW)
        for _ in range(pages):
            crowd.arrive(NOW, page=True)
        crowd.fold(as_told(member.pack()))
    visit.session.fingerprint = crowd
    return visit, now
