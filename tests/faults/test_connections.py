"""Many connections, slow ones and rude ones: each is cut in time, and shoppers do not notice."""

import asyncio
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import Gateway
from tests.support.processes import wait_until
from tests.support.raw import Line
from tests.support.shoppers import Shoppers, percentile
from tests.support.upstream import Do, Upstream
from tests.vectors.case import GOOD, get, head, post

FULL = os.environ.get("STILE_FULL_LOAD") == "1"  # the whole measure; the default fits into a shared machine
IDLE, SLOW_HEADS = (10_000, 200) if FULL else (2_000, 50)
P99_S = 0.05 if FULL else 0.5  # the short run shares two cores with three others
HEAD_TIMEOUT_S = 1.0
PER_ADDRESS, TOTAL = 30, 60


def behind(upstream: Upstream, **limits: object) -> dict[str, Any]:
    """A site that allows everything, with these limits."""
    site = {"name": "shop", "hosts": ["*"], "upstreams": [upstream.address], "mode": "monitor"}
    return {
        "policy": {"import": [], "rules": []},
        "limits": limits,
        "sites": [{**site, "session_cookie": False}],
    }


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Gateway]:
    """Short times, few connections."""
    changes = behind(
        upstream,
        head_timeout="1s",
        keep_alive_timeout="1s",
        connections_per_address=PER_ADDRESS,
        max_connections=TOTAL,
    )
    with Gateway(tmp_path_factory.mktemp("strict"), upstream.address, changes) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def fresh(upstream: Upstream) -> None:
    upstream.forget()


@pytest.mark.parametrize("start", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: shop.test\r\n", b"\r\n"])
def test_a_head_that_stops_gets_408_and_is_cut(strict: Gateway, start: bytes) -> None:
    with Line(strict.port) as line:
        line.send(start)
        heard = line.answer()
        closed = line.closes()

    assert heard is None or (heard.status, bool(heard.values(b"stile-decision-id"))) == (408, True)
    assert heard is not None or start == b"\r\n"
    assert closed


def test_a_head_that_trickles_is_cut_all_the_same(strict: Gateway) -> None:
    began = time.monotonic()
    with Line(strict.port) as line:
        for byte in get(b"X-A: " + b"b" * 200):
            line.send(bytes([byte]))
            if not line.silent(0.05):
                break
        took = time.monotonic() - began
        heard = line.answer()

    assert heard is not None
    assert (heard.status, took < HEAD_TIMEOUT_S + 1.5) == (408, True)


def test_a_connection_that_says_nothing_is_closed_without_a_word(strict: Gateway) -> None:
    with Line(strict.port) as line:
        assert line.closes()


def test_a_kept_connection_is_closed_when_its_time_is_over(strict: Gateway) -> None:
    with Line(strict.port) as line:
        line.send(GOOD)
        assert line.answer() is not None

        assert line.closes()


def test_one_address_may_open_so_many_connections_and_is_told(strict: Gateway) -> None:
    lines = [Line(strict.port, source="127.0.0.9") for _ in range(PER_ADDRESS)]
    with Line(strict.port, source="127.0.0.9") as line:
        heard = line.answer()
        closed = line.closes()
    with Line(strict.port) as other:
        other.send(GOOD)
        answer = other.answer()
    for one in lines:
        one.__exit__()

    assert heard is not None
    assert answer is not None
    assert (heard.status, closed, answer.status) == (429, True, 200)


def test_all_together_may_open_so_many_connections_and_are_told(strict: Gateway) -> None:
    lines = [Line(strict.port, source=f"127.0.1.{number % 3 + 1}") for number in range(TOTAL)]
    with Line(strict.port) as line:
        heard = line.answer()
        closed = line.closes()
    for one in lines:
        one.__exit__()

    def served() -> bool:
        with Line(strict.port) as again:
            again.send(GOOD)
            answer = again.answer()
        return answer is not None and answer.status == 200

    assert heard is not None
    assert (heard.status, closed, bool(heard.values(b"retry-after"))) == (503, True, True)
    assert wait_until(served, 5.0)


def test_every_request_leaves_one_event_with_its_own_id(tmp_path: Path, upstream: Upstream) -> None:
    upstream.scripts[b"/breaks"] = (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Do.CLOSE)
    upstream.scripts[b"/hangs"] = (Do.HANG,)
    sent = {
        "good": GOOD,
        "head": head(b"HEAD /a HTTP/1.1", b"Host: shop.test"),
        "body": post(b"Content-Length: 3") + b"abc",
        "broken answer": get(target=b"/breaks"),
        "no HTTP": b"hello\r\n\r\n",
        "two lengths": post(b"Content-Length: 3", b"Content-Length: 4") + b"abc",
        "bad chunk": post(b"Transfer-Encoding: chunked") + b"zz\r\n",
        "no host": b"GET / HTTP/1.1\r\n\r\n",
        "bytes above ASCII": get(b"User-Agent: \xff\xfe\xed\xa0\x80 \x80", b"Referer: http://\xe9/"),
        "odd target": get(target=b"/%ff%00%0a%22%5c?a=%22%0d%0a"),
        "quotes": get(b'User-Agent: "</script>\\', target=b'/"<>'),
        "long": get(b"User-Agent: " + b"a" * 7000, target=b"/" + b"b" * 7000),
    }
    with Gateway(tmp_path, upstream.address, behind(upstream)) as gateway:
        ids = []
        for data in sent.values():
            with Line(gateway.port) as line:
                line.send(data)
                answer = line.answer(data.split(b" ")[0])
                assert answer is not None
                ids += [one.decode() for one in answer.values(b"stile-decision-id")]
        leaver = Line(gateway.port)
        leaver.send(get(target=b"/hangs"))
        assert upstream.wait(lambda one: any(seen.raw.startswith(b"GET /hangs") for seen in one.seen))
        leaver.reset()
        wanted = len(sent) + 1
        events = gateway.events_within(wanted)
        time.sleep(0.3)
        events = gateway.events()

    assert len(events) == wanted
    assert len(ids) == len(sent)
    assert len({event["event"]["id"] for event in events}) == wanted
    assert set(ids) < {event["event"]["id"] for event in events}


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_shoppers_do_not_notice_idle_connections_and_slow_heads(tmp_path: Path, upstream: Upstream) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE + SLOW_HEADS + 500
    if hard < wanted:
        pytest.skip(f"needs {wanted} open files, the machine allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    limits = {"connections_per_address": 20_000, "max_connections": 20_000, "head_timeout": "3s"}
    with Gateway(tmp_path, upstream.address, behind(upstream, **limits)) as gateway:
        crowd = asyncio.run(crowded(gateway))
    shopping, cut, idle_closed = crowd

    assert [visit for visit in shopping if visit.status != 200] == []
    assert percentile(shopping, 0.99) < P99_S
    assert cut == SLOW_HEADS
    assert idle_closed == 0


async def crowded(gateway: Gateway) -> tuple[list[Any], int, int]:
    """Open the crowd and shop: the visits, how many slow heads got 408, how many idle ones were closed."""
    idle = [await opened(gateway.port) for _ in range(IDLE)]
    slow = [await opened(gateway.port) for _ in range(SLOW_HEADS)]
    trickles = [asyncio.create_task(trickle(*one)) for one in slow]
    with Shoppers(gateway.port, count=3, pause=0.02) as shoppers:
        cut = sum(await asyncio.gather(*trickles))
    closed = sum(reader.at_eof() for reader, _ in idle)
    for _, writer in [*idle, *slow]:
        writer.transport.abort()
    return shoppers.visits, cut, closed


async def opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port, limit=1024)


async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Send a head a byte at a time; True where that ends with 408."""
    for byte in get(b"X-A: " + b"b" * 60):
        writer.write(bytes([byte]))
        try:
            start = await asyncio.wait_for(reader.read(12), 0.2)
        except TimeoutError:
            continue
        except ConnectionError:
            return False
        return start == b"HTTP/1.1 408"
    return False
