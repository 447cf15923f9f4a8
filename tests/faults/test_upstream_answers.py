"""Storefronts that stall, break off or talk for ever, and clients that leave them talking."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway import Gateway
from tests.support.processes import wait_until
from tests.support.raw import Line
from tests.support.upstream import OK, Do, Flood, Pause, Upstream
from tests.vectors.case import get, head, post

MIB = 1 << 20
LARGE = 64 * MIB
GROWTH = 32 * MIB
CHANGES = {
    "policy": {"import": [], "rules": []},
    "upstream_limits": {"first_byte_timeout": "1s", "idle_timeout": "1s"},
    "limits": {"write_stall_timeout": "2s", "body_idle_timeout": "1s"},
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Gateway]:
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor"}
    changes = {**CHANGES, "sites": [{**site, "session_cookie": False}]}
    with Gateway(tmp_path_factory.mktemp("answers"), upstream.address, changes) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def fresh(upstream: Upstream) -> None:
    upstream.forget()


def workers(gateway: Gateway) -> list[int]:
    """Process ids of the gateway's workers: its children that run Python."""
    parent = gateway.program.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"proxy.cli" in Path(f"/proc/{child}/cmdline").read_bytes()]


def resident(gateway: Gateway) -> int:
    """Resident memory of all workers, in bytes."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in workers(gateway)]
    return sum(pages) * 4096


def test_a_storefront_that_never_answers_gets_504_in_time(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((Do.HANG,))
    began = time.monotonic()
    with Line(gateway.port) as line:
        line.send(get())
        answer = line.answer()

    assert answer is not None
    assert (answer.status, bool(answer.values(b"stile-decision-id"))) == (504, True)
    assert 0.9 < time.monotonic() - began < 3


def test_a_storefront_that_stalls_within_an_answer_is_cut(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", Do.HANG))
    with Line(gateway.port) as line:
        line.send(get())
        answer = line.answer()

    assert answer is not None
    assert (answer.body, answer.whole) == (b"01234", False)


def test_an_answer_that_breaks_off_is_an_event_that_says_so(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", Do.CLOSE))
    with Line(gateway.port) as line:
        line.send(get(target=b"/breaks-off"))
        answer = line.answer()
        closed = line.closes()

    assert answer is not None
    assert (answer.body, answer.whole, closed) == (b"01234", False, True)
    assert wait_until(lambda: events_of(gateway, "/breaks-off") != [])
    assert "upstream" in json.dumps(events_of(gateway, "/breaks-off")[0]["stile"]["faults"])


def events_of(gateway: Gateway, path: str) -> list[dict[str, object]]:
    return [event for event in gateway.events() if event["url"].get("path") == path]


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_that_leaves_cancels_what_the_storefront_does(
    gateway: Gateway, upstream: Upstream, leave: str
) -> None:
    upstream.forget((Do.READ_BODY, Do.HANG))
    line = Line(gateway.port)
    line.send(get(target=f"/leaves-{leave}".encode()))
    assert upstream.wait(lambda one: len(one.seen) == 1)
    line.reset() if leave == "reset" else line.__exit__()

    assert upstream.wait(lambda one: one.seen[0].left, 1.0), "the storefront still works for nobody"
    assert wait_until(lambda: len(events_of(gateway, f"/leaves-{leave}")) == 1)


def test_a_client_that_leaves_within_an_answer_ends_it(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", Flood(99_999_999_999)))
    line = Line(gateway.port)
    line.send(get())
    assert line.interim() is not None
    line.reset()

    assert upstream.wait(lambda one: one.seen[0].left, 2.0), "the storefront still sends"


def test_a_client_that_leaves_within_its_body_does_not_finish_it(
    gateway: Gateway, upstream: Upstream
) -> None:
    line = Line(gateway.port)
    line.send(post(b"Content-Length: 100") + b"only this")
    assert upstream.wait(lambda one: len(one.unfinished) == 1)
    line.__exit__()

    assert upstream.wait(lambda one: one.unfinished[0].left, 2.0)
    assert upstream.seen == []


def test_a_body_that_stops_coming_gets_408(gateway: Gateway, upstream: Upstream) -> None:
    with Line(gateway.port) as line:
        line.send(post(b"Content-Length: 100") + b"only this")
        answer = line.answer()
        closed = line.closes()

    assert answer is not None
    assert (answer.status, closed, upstream.seen) == (408, True, [])


def test_server_sent_events_arrive_as_they_are_sent(gateway: Gateway, upstream: Upstream) -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    event = b"9\r\ndata: 1\n\n\r\n"
    upstream.forget((start, event, Pause(0.6), event, b"0\r\n\r\n"))
    with Line(gateway.port) as line:
        line.send(get())
        began = time.monotonic()
        assert line.interim() is not None
        while b"data: 1" not in line.ahead:
            assert line.more()
        first_after = time.monotonic() - began

    assert first_after < 0.4


def test_a_storefront_connection_that_was_held_back_serves_the_next_visitor(
    gateway: Gateway, upstream: Upstream
) -> None:
    upstream.scripts[b"/next"] = (OK,)
    statuses = []
    for size in range(2 * MIB, 6 * MIB, 48 * 1024):  # somewhere in here all is sent, but not all is taken
        upstream.scripts[b"/large"] = (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, Flood(size))
        with Line(gateway.port) as slow, Line(gateway.port) as other:
            slow.send(get(target=b"/large"))
            assert slow.interim() is not None
            time.sleep(0.02)
            other.send(get(target=b"/next"))
            answer = other.answer()
            statuses.append(answer.status if answer else 0)

    assert set(statuses) == {200}


def test_a_client_that_does_not_read_is_cut(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", Flood(99_999_999_999)))
    with Line(gateway.port) as line:
        line.send(get())

        assert upstream.wait(lambda one: bool(one.seen) and one.seen[0].left, 6.0)


def test_64_mib_down_to_a_slow_reader_stay_out_of_memory(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE, Flood(LARGE)))
    before = peak = resident(gateway)
    with Line(gateway.port) as line:
        line.send(get())
        time.sleep(1.0)
        received = 0
        while line.more():
            received += len(line.ahead)
            line.ahead = b""
            peak = max(peak, resident(gateway))
            if received >= LARGE:
                break

    assert received >= LARGE
    assert peak - before <= GROWTH


def test_64_mib_up_to_a_slow_storefront_stay_out_of_memory(gateway: Gateway, upstream: Upstream) -> None:
    upstream.forget((Pause(0.8), Do.READ_BODY, OK))
    before = peak = resident(gateway)
    piece = b"x" * MIB
    with Line(gateway.port, deadline=30) as line:
        line.send(post(b"Content-Length: %d" % LARGE))
        for _ in range(LARGE // MIB):
            line.send(piece)
            peak = max(peak, resident(gateway))
        answer = line.answer()

    assert answer is not None
    assert (answer.status, upstream.seen[0].body_size) == (200, LARGE)
    assert peak - before <= GROWTH


def test_a_head_request_to_a_storefront_that_sends_a_body_does_not_shift_answers(
    gateway: Gateway, upstream: Upstream
) -> None:
    upstream.forget((b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Pause(0.1), b"12345"))
    upstream.scripts[b"/next"] = (OK,)
    with Line(gateway.port) as line:
        line.send(head(b"HEAD /a HTTP/1.1", b"Host: shop.test"))
        first = line.answer(b"HEAD")
        time.sleep(0.2)
        line.send(get(target=b"/next"))
        second = line.answer()

    assert first is not None
    assert second is not None
    assert (first.status, second.status, second.body) == (200, 200, b"ok")
