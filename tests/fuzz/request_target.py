"""Requests: never an exception, and what goes on reads as one request, however the bytes were cut."""

from random import Random
from zlib import crc32

from tests.fuzz.socketless import Socketless
from tests.fuzz.target import Target
from tests.support.strict import Message, NotHttpError
from tests.vectors import (
    field_lines,
    forwarding,
    framing,
    hosts,
    limits,
    persistence,
    request_lines,
    smuggling,
    upgrades,
)
from tests.vectors.case import GOOD

TABLES = (request_lines, hosts, field_lines, framing, smuggling, limits, forwarding, persistence, upgrades)
CORPUS = tuple(
    case.sent + GOOD * follows
    for table in TABLES
    for case in table.CASES.values()
    if len(case.sent) < 12_000
    for follows in (0, 1)
)
TOKENS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"\0",
        b" ",
        b"\t",
        b"\x0b",
        b"\x0c",
        b"\x7f",
        b"\x80",
        b"\xff",
        b":",
    ),
    *(b"Host: shop.test\r\n", b"Host: evil\r\n", b"Content-Length: 3\r\n", b"Content-Length: 0\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"transfer-encoding:chunked\r\n", b"Transfer-Encoding: gzip\r\n"),
    *(b"Connection: close\r\n", b"Connection: keep-alive, Host\r\n", b"Connection: Upgrade\r\n"),
    *(b"Upgrade: websocket\r\n", b"Upgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"TE: trailers\r\n"),
    *(
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"HTTP/2.0",
        b"GET / HTTP/1.1\r\n",
        b"POST ",
        b"HEAD ",
        b"OPTIONS * ",
        b"CONNECT ",
    ),
    *(
        b"0\r\n\r\n",
        b"3\r\nabc\r\n",
        b"ffffffffffffffff",
        b"10000000000000000",
        b"0x",
        b"+",
        b"-",
        b";a=b",
        b", ",
    ),
    *(b"http://shop.test", b"@", b"#", b"?", b"%00", b"%2e%2e/", b"//", b"\\", b"*", b"[::1]", b":99999"),
    *(b"Cookie: a=1\r\n", b"cookie: b\r\n", b"Cookie: \r\n", b"X-Cookie:\r\n", b"Referer: /\r\n"),
    *(b"X-Stile-Risk: 0\r\n", b"X-Forwarded-For: 1.2.3.4\r\n", b"Via: 1.1 x\r\n", b"Forwarded: for=x\r\n"),
)


WARM = Socketless()  # its memory of header blocks goes on from input to input, as a worker's does


def check(data: bytes) -> None:
    """Run `data` whole, cut, and again: all come to the same, and every forwarded byte is accounted for."""
    random = Random(crc32(data))
    cuts = [random.choice((1, 1, 2, 3, 7, 50, 1000)) for _ in range(len(data))]
    runs = play(data, [len(data)], None), play(data, cuts, WARM), play(data, [len(data)], WARM)
    for run in runs:
        check_ends(run)
    first, *others = (meaning(run) for run in runs)
    for other in others:
        assert first == other, f"cutting or memory changes the meaning: {first} {other}"


def play(data: bytes, sizes: list[int], before: Socketless | None) -> Socketless:
    """Send `data` in pieces of these sizes."""
    run = Socketless(before=before)
    place = 0
    for size in sizes:
        run.feed(data[place : place + size])
        place += size
        if place >= len(data):
            break
    return run


def check_ends(run: Socketless) -> None:
    """Every exchange but the last ended once; every connection carries exactly one request."""
    assert len(run.desk.ended_ids) == len(set(run.desk.ended_ids))
    for data, message in zip(run.requests, read_each(run), strict=True):
        if message is not None:
            assert message.raw == data, "more than one request on a connection"
    for exchange, message in zip(run.desk.begun, run.messages, strict=True):
        if message is not None and exchange.head is not None:
            start = exchange.head.method.encode() + b" " + exchange.head.target + b" HTTP/1.1"
            assert message.head.start == start


def read_each(run: Socketless) -> list[Message | None]:
    """The strict reader's view. Raises AssertionError where it refuses what we forwarded."""
    try:
        return run.messages
    except NotHttpError as fault:
        raise AssertionError(f"forwarded what a strict reader refuses: {fault}") from fault


def meaning(run: Socketless) -> list[tuple[object, ...]]:
    """What was asked of the storefront, and whether the client was refused; not why, as much may be wrong."""
    return [
        (message.head.start, message.head.fields, message.body.content, message.body.trailers)
        for message in run.messages
        if message is not None
    ] + [("refused",) for _ in run.desk.refusals]


REQUESTS = Target("requests", CORPUS, TOKENS, check)
