"""A tarpit answers slowly, to many, within its bounds; it reads nothing more of those whom it holds."""

import asyncio
import json
import re
import resource
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from challenges.drip import Drip
from config.settings import TarpitSettings
from proxy.server import Server
from proxy.tarpit import BEAT_S, SPARE
from tests.support.inner_worker import an_inner_worker
from tests.support.stores import eventually
from tests.support.upstream import OK, Upstream

RULE = {"name": "pit", "when": 'request.path.startsWith("/pit")', "action": "tarpit"}
QUICK = TarpitSettings(pause_s=0.05, longest_s=0.3, most=100, per_address=100)
LONG = TarpitSettings(pause_s=0.05, longest_s=600.0, most=100, per_address=100)
PAGE = b"GET /pit HTTP/1.1\r\nHost: shop.test\r\nAccept: text/html\r\n"
DROP = re.compile(rb"<!-- [0-9a-f]{12} -->\n")


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test that waits, and the worker that it waits for, on one loop."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


class Pit:
    """One worker with a tarpit, and what its events say."""

    def __init__(self, server: Server, port: int, folder: Path) -> None:
        self.server = server
        self.port = port
        self.writers: list[asyncio.StreamWriter] = []
        self._file = folder / "events.jsonl"

    @property
    def held(self) -> int:
        return len(self.server.gate.services.tarpit)

    async def ask(
        self, request: bytes, size: int = 1 << 16
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=size)
        self.writers.append(writer)
        writer.write(request)
        return reader, writer

    async def crowd(self, count: int) -> None:
        for _ in range(count):
            await self.ask(PAGE + b"\r\n")

    async def whole(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer, read until the connection ends."""
        reader, _ = await self.ask(request)
        data = await asyncio.wait_for(reader.read(), 10)
        head, _, body = data.partition(b"\r\n\r\n")
        return head, body

    async def events(self, count: int) -> list[dict[str, Any]]:
        assert await eventually(
            lambda: self._file.exists() and len(self._file.read_bytes().splitlines()) >= count
        )
        return [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]


@asynccontextmanager
async def a_pit(folder: Path, settings: TarpitSettings = QUICK) -> AsyncIterator[Pit]:
    with Upstream((OK,)) as upstream:
        changes = {"policy": {"import": [], "rules": [RULE]}}
        async with an_inner_worker(folder, upstream.address, changes) as (gate, server, port):
            gate.services.tarpit.settings = settings
            pit = Pit(server, port, folder)
            yield pit
            for writer in pit.writers:
                writer.transport.abort()


def payload(chunks: bytes) -> bytes:
    """The body in chunks that follow each other without a fault, down to the last."""
    content = b""
    while True:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size, 16)
        content, chunks = content + rest[:length], rest[length:].removeprefix(b"\r\n")
        if length == 0:
            assert chunks == b""
            return content


@on_a_loop
async def test_a_page_drips_and_ends_whole(tmp_path):
    async with a_pit(tmp_path) as pit:
        started = perf_counter()
        head, body = await pit.whole(PAGE + b"\r\n")
        took_s = perf_counter() - started
        [event] = await pit.events(1)

    page = payload(body)
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert head.startswith(b"HTTP/1.1 200 ")
    assert (fields[b"Stile-Mitigated"], fields[b"X-Robots-Tag"], fields[b"Cache-Control"]) == (
        b"tarpit",
        b"noindex",
        b"no-store",
    )
    assert fields[b"Stile-Decision-Id"].decode() == event["event"]["id"]
    assert 3 <= len(DROP.findall(page)) <= 6
    assert page.endswith(b"</html>\n")
    assert b'href="/.stile/challenge"' in page
    assert (event["event"]["action"], event["http"]["response"]) == (
        "tarpit",
        {"status_code": 200, "bytes": len(page)},
    )
    assert 0.25 < event["event"]["duration"] / 1e9 <= took_s


def test_what_drips_follows_from_the_decision_alone():
    drip = Drip("0199-x", in_page=True)

    assert [drip.drop(1), drip.drop(2)] == [Drip("0199-x", in_page=True).drop(1), drip.drop(2)]
    assert drip.drop(1) != drip.drop(2) != Drip("0199-y", in_page=True).drop(2)


@on_a_loop
async def test_http_1_0_gets_no_chunks(tmp_path):
    async with a_pit(tmp_path) as pit:
        head, body = await pit.whole(PAGE.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n")

    assert b"Transfer-Encoding" not in head
    assert body.startswith(b"<!doctype html>")
    assert body.endswith(b"</html>\n")


@on_a_loop
async def test_what_a_page_loads_gets_white_space(tmp_path):
    async with a_pit(tmp_path) as pit:
        head, body = await pit.whole(PAGE + b"Sec-Fetch-Dest: image\r\n\r\n")

    assert b"Content-Type: text/plain" in head
    assert payload(body).strip() == b""


PLAIN = {
    "a head alone": PAGE.replace(b"GET", b"HEAD") + b"\r\n",
    "a head too large to keep": PAGE + b"X-Much: " + b"x" * 5000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("request_", PLAIN.values(), ids=PLAIN)
@on_a_loop
async def test_some_are_turned_away_at_once(tmp_path, request_):
    async with a_pit(tmp_path, LONG) as pit:
        head, _ = await pit.whole(request_.replace(b"Accept", b"Connection: close\r\nAccept"))

    assert head.startswith(b"HTTP/1.1 403 ")
    assert b"Stile-Mitigated: tarpit" in head


FULL = {
    "for all": (
        TarpitSettings(0.05, 600.0, most=2, per_address=9),
        ("203.0.113.1", "203.0.113.2", "203.0.113.3"),
    ),
    "for one address": (TarpitSettings(0.05, 600.0, most=9, per_address=1), ("203.0.113.1",) * 2),
    "for one network of version 6": (
        TarpitSettings(0.05, 600.0, most=9, per_address=1),
        ("2001:db8::1", "2001:db8::2"),
    ),
}


@pytest.mark.parametrize(("settings", "addresses"), FULL.values(), ids=FULL)
@on_a_loop
async def test_a_full_pit_turns_away_and_takes_in_once_somebody_left(tmp_path, settings, addresses):
    async with a_pit(tmp_path, settings) as pit:
        asked = [PAGE + f"X-Forwarded-For: {address}\r\n\r\n".encode() for address in addresses]
        lines = [await pit.ask(each) for each in asked]
        heads = [await reader.readuntil(b"\r\n\r\n") for reader, _ in lines]
        lines[0][1].close()
        assert await eventually(lambda: pit.held == len(addresses) - 2)
        again, _ = await pit.ask(asked[-1])
        heads.append(await again.readuntil(b"\r\n\r\n"))

    statuses = [head[9:12] for head in heads]
    assert statuses == [b"200"] * (len(addresses) - 1) + [b"403", b"200"]


@on_a_loop
async def test_a_client_that_leaves_leaves_nothing_and_one_event(tmp_path):
    async with a_pit(tmp_path, LONG) as pit:
        reader, writer = await pit.ask(PAGE + b"\r\n")
        await reader.readuntil(b"-->\n")
        writer.transport.abort()
        assert await eventually(lambda: pit.held == 0)
        events = await pit.events(1)
        await asyncio.sleep(0.2)
        assert pit.server.connections == 0

    assert [(each["event"]["action"], each["http"]["response"]["status_code"]) for each in events] == [
        ("tarpit", 200)
    ]


@on_a_loop
async def test_nothing_more_is_read_of_who_is_held(tmp_path):
    async with a_pit(tmp_path, LONG) as pit:
        post = PAGE.replace(b"GET", b"POST") + b"Content-Length: 100000000\r\n\r\n"
        reader, writer = await pit.ask(post)
        sent = 0
        while writer.transport.get_write_buffer_size() < 1 << 20 and sent < 100:
            writer.write(b"x" * (1 << 18))
            sent += 1
            await asyncio.sleep(0)
        await reader.readuntil(b"-->\n")
        waiting = writer.transport.get_write_buffer_size()
        await reader.readuntil(b"-->\n")

        assert sent < 100
        assert writer.transport.get_write_buffer_size() == waiting > 0
        writer.transport.abort()
        assert await eventually(lambda: pit.held == 0)


@on_a_loop
async def test_a_megabyte_posted_to_a_pit_does_not_spoil_its_end(tmp_path):
    async with a_pit(tmp_path) as pit:
        post = PAGE.replace(b"GET", b"POST") + b"Content-Length: 1048576\r\n\r\n"
        head, body = await pit.whole(post + b"x" * 1_048_576)

    assert head.startswith(b"HTTP/1.1 200 ")
    assert payload(body).endswith(b"</html>\n")


@on_a_loop
async def test_requests_behind_the_held_one_are_never_answered(tmp_path):
    async with a_pit(tmp_path) as pit:
        head, body = await pit.whole(PAGE + b"\r\n" + b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n" * 3)
        events = await pit.events(1)

    assert b"Connection: close" in head
    assert payload(body).endswith(b"</html>\n")
    assert len(events) == 1


@on_a_loop
async def test_a_connection_that_was_kept_alive_can_be_held(tmp_path):
    async with a_pit(tmp_path) as pit:
        reader, writer = await pit.ask(b"GET / HTTP/1.1\r\nHost: shop.test\r\nAccept: text/html\r\n\r\n")
        first = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", first)[1])
        await reader.readexactly(length)
        writer.write(PAGE + b"\r\n")
        second = await asyncio.wait_for(reader.read(), 10)

    assert (first[9:12], second[9:12]) == (b"200", b"200")
    assert second.endswith(b"0\r\n\r\n")


@on_a_loop
async def test_a_stop_ends_every_drip_at_once(tmp_path):
    async with a_pit(tmp_path, LONG) as pit:
        lines = [await pit.ask(PAGE + b"\r\n") for _ in range(20)]
        for reader, _ in lines:
            await reader.readuntil(b"\r\n\r\n")
        started = perf_counter()
        await pit.server.drain()
        ends = [await asyncio.wait_for(reader.read(), 5) for reader, _ in lines]
        took_s = perf_counter() - started
        events = await pit.events(20)

    assert all(payload(end).endswith(b"</html>\n") for end in ends)
    assert took_s < 2.0
    assert len(events) == 20


@on_a_loop
async def test_a_rush_is_spread_over_the_pause(tmp_path):
    """A drop for all at once would hold up everybody else; nobody is passed over for it either."""
    settings = TarpitSettings(pause_s=0.4, longest_s=600.0, most=500, per_address=500)
    now = asyncio.get_running_loop().time
    async with a_pit(tmp_path, settings) as pit:
        began = now()
        await pit.crowd(300)
        assert await eventually(lambda: pit.held == 300)
        held = pit.server.gate.services.tarpit._held
        at_once, numbers = 0, sorted(each.number for each in held.values())
        while numbers[0] < 2 and now() < began + 20.0:
            before, numbers = sum(numbers), sorted(each.number for each in held.values())
            at_once = max(at_once, sum(numbers) - before)
            await asyncio.sleep(0)
        took_s = now() - began
        for writer in pit.writers:
            writer.transport.abort()
        assert await eventually(lambda: pit.held == 0)

    assert 2 <= numbers[0] <= numbers[-1] <= min(3, took_s / settings.pause_s)
    assert at_once <= 300 * BEAT_S / settings.pause_s * SPARE


@on_a_loop
async def test_a_thousand_held_clients_need_no_task_each(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    settings = TarpitSettings(pause_s=5.0, longest_s=600.0, most=2000, per_address=2000)
    async with a_pit(tmp_path, settings) as pit:
        tasks = len(asyncio.all_tasks())
        await pit.crowd(1000)
        assert await eventually(lambda: pit.held == 1000)
        with_them = len(asyncio.all_tasks())
        for writer in pit.writers:
            writer.transport.abort()
        assert await eventually(lambda: pit.held == 0)

    assert with_them == tasks
