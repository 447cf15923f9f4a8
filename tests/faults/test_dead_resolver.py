"""Claims are looked up through a real gateway and a real DNS server; a dead one delays nobody."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import Gateway
from tests.support.name_server import NameServer, reversed_name
from tests.support.processes import wait_until
from tests.support.shop import Shop

YANDEX = "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CRAWLER, IMPOSTOR, WARM = "5.255.231.10", "8.8.4.4", "8.8.4.5"
NAME = "5-255-231-10.spider.yandex.com."
ZONE = {
    (reversed_name(CRAWLER), "PTR"): (NAME,),
    (NAME, "A"): (CRAWLER,),
    (reversed_name(IMPOSTOR), "PTR"): ("yandex.com.evil.net.",),
    ("yandex.com.evil.net.", "A"): (IMPOSTOR,),
    (reversed_name(WARM), "PTR"): ("host.example.net.",),
}


@contextmanager
def gateway_that_asks(folder: Path, server: NameServer) -> Iterator[Gateway]:
    changes: dict[str, Any] = {
        "trusted_proxies": ["127.0.0.1"],
        "bots": {"ranges": {"refresh": None}, "dns": {"servers": [f"127.0.0.1:{server.port}"]}},
        "policy": {"import": [], "rules": []},
    }
    with Shop(folder) as shop, Gateway(folder, shop.url, changes) as running:
        yield running


def asked(line: HTTPConnection, address: str, user_agent: str) -> float:
    """How many milliseconds the answer took."""
    began = time.perf_counter()
    line.request("GET", "/", headers={"X-Forwarded-For": address, "User-Agent": user_agent})
    line.getresponse().read()
    return (time.perf_counter() - began) * 1000


def bots(gateway: Gateway) -> list[tuple[str, str, str]]:
    events = [event for event in gateway.events() if "bot" in event["stile"]]
    return [
        (event["client"]["ip"], event["stile"]["bot"]["status"], event["stile"]["bot"]["method"])
        for event in events
    ]


@pytest.fixture
def line_to() -> Iterator[Any]:
    lines: list[HTTPConnection] = []

    def connect(gateway: Gateway) -> HTTPConnection:
        lines.append(HTTPConnection("127.0.0.1", gateway.port, timeout=10))
        return lines[-1]

    yield connect
    for line in lines:
        line.close()


def test_host_names_prove_and_disprove_through_a_gateway(tmp_path: Path, line_to: Any) -> None:
    with NameServer(ZONE) as server, gateway_that_asks(tmp_path, server) as gateway:
        line = line_to(gateway)
        asked(line, WARM, YANDEX)  # the first question of all is not waited for
        wait_until(lambda: len(server.asked) >= 1)
        time.sleep(0.2)
        asked(line, CRAWLER, YANDEX)
        asked(line, IMPOSTOR, YANDEX)
        wait_until(lambda: len(bots(gateway)) == 3, 5.0)

        assert bots(gateway) == [
            (WARM, "unverified", "user_agent"),
            (CRAWLER, "verified", "dns"),
            (IMPOSTOR, "spoofed", "dns"),
        ]


def test_a_dead_resolver_delays_no_request_and_accuses_nobody(tmp_path: Path, line_to: Any) -> None:
    with NameServer(ZONE, silent=True) as server, gateway_that_asks(tmp_path, server) as gateway:
        line = line_to(gateway)
        for _ in range(20):
            asked(line, "8.8.8.8", PERSON)
        people, claims = [], []
        for number in range(150):  # in turn, so that a busy machine slows both alike
            people.append(asked(line, f"8.8.9.{number}", PERSON))
            claims.append(asked(line, f"8.8.10.{number}", YANDEX))
        wait_until(lambda: len(bots(gateway)) == 150, 5.0)
        statuses = {status for _, status, _ in bots(gateway)}

    people.sort()
    claims.sort()
    print("people ms:", [round(people[place], 2) for place in (75, 112, 149)])
    print("claims ms:", [round(claims[place], 2) for place in (75, 112, 149)])
    assert server.asked
    assert statuses == {"unverified"}
    assert claims[75] < people[75] + 10.0  # who waited would lose 30 ms, who waited for a time-out 2 s
    assert claims[112] < people[112] + 15.0
