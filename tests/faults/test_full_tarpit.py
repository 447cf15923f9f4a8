"""A tarpit full of clients that read slowly, or not at all, weighs little, and shoppers pass beside it."""

import time
from collections.abc import Iterator

import pytest

from bench.peers import cpu_s, descendants, is_store, memory_bytes
from bench.tarpit import PIT, allow_files, clients, dripping
from tests.support.gateway import Gateway
from tests.support.raw import Line
from tests.support.upstream import OK, Upstream

HELD = 1000
KIB = 1024
SHOPPER = b"GET /product/1 HTTP/1.1\r\nHost: shop.test\r\nAccept: text/html\r\nConnection: close\r\n\r\n"


@pytest.fixture
def gateway(tmp_path) -> Iterator[Gateway]:
    allow_files(4096)
    changes = {
        "policy": {"import": [], "rules": [PIT]},
        "trusted_proxies": ["127.0.0.0/8"],
        "mitigation": {"tarpit": {"pause": "1s", "most": HELD}},
    }
    with Upstream((OK,)) as upstream, Gateway(tmp_path, upstream.address, changes) as running:
        yield running


def the_worker(gateway: Gateway) -> int:
    """The process that has worked most, of those below the supervisor that are no store."""
    _, *below = descendants(gateway.program.process.pid)
    return max((pid for pid in below if not is_store(pid)), key=cpu_s)


def shop(gateway: Gateway) -> float:
    """How long a shopper waits for a page."""
    started = time.perf_counter()
    with Line(gateway.port) as line:
        line.send(SHOPPER)
        answer = line.answer()
    assert answer is not None
    assert answer.status == 200
    return time.perf_counter() - started


def test_a_thousand_held_clients_weigh_little_and_shoppers_pass_beside_them(gateway):
    for _ in range(50):
        shop(gateway)
    worker = the_worker(gateway)
    before = memory_bytes(worker, "Rss")
    with clients(gateway.port, HELD) as links:
        waits_s = sorted(shop(gateway) for _ in range(100))
        fed = dripping(links, 6.0)
        growth = memory_bytes(worker, "Rss") - before

    assert fed == HELD
    assert growth / HELD < 30 * KIB  # 150 MB for 5,000
    assert waits_s[95] < 0.25


def test_clients_that_read_nothing_and_vanish_leave_nothing(gateway):
    with clients(gateway.port, 200):
        time.sleep(1.5)  # two drops, unread

    events = gateway.events_within(200, 10.0)
    assert [event["event"]["action"] for event in events].count("tarpit") == 200
    assert shop(gateway) < 1.0


def test_a_stop_does_not_wait_for_the_held(gateway):
    with clients(gateway.port, 200):
        started = time.perf_counter()
        gateway.stop()
        took_s = time.perf_counter() - started

    assert took_s < 8.0  # `drain_timeout` is 30 s, a drip five minutes
    assert [event["event"]["action"] for event in gateway.events()].count("tarpit") == 200
