"""What the gateway forwards means the same to readers that share no code with it or with each other."""

import asyncio
import io
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from aiohttp.http_parser import HttpRequestParserPy, RawRequestMessage

from tests.fuzz.socketless import Socketless
from tests.support.strict import Message, read_requests
from tests.vectors.case import GOOD, Case
from tests.vectors.test_wire import CASES

FORWARDED = {
    name: case
    for name, case in CASES.items()
    if case.reaches is not None and case.listener == "plain" and case.sent.count(b"\r\n") < 90
}  # the standard library takes a hundred fields, ours among them


class Handler(BaseHTTPRequestHandler):
    """The standard library's reader of heads, without a socket."""

    def __init__(self, data: bytes) -> None:
        self.rfile = io.BytesIO(data)
        self.raw_requestline = self.rfile.readline(65537)
        self.fault = ""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        self.fault = f"{code} {message} {explain}"


def forwarded_messages(case: Case) -> list[Message]:
    """Everything that went to the storefront for `case` and a good request behind it."""
    run = Socketless(peer=case.peer)
    run.feed(case.sent + GOOD)
    return [message for data in run.requests for message in read_requests(data)]


@pytest.mark.parametrize("case", FORWARDED.values(), ids=FORWARDED)
def test_the_standard_library_reads_the_same(case: Case) -> None:
    for message in forwarded_messages(case):
        handler = Handler(message.raw)

        assert handler.parse_request(), handler.fault
        assert f"{handler.command} {as_text(message.head.start.split(b' ')[1])}" == as_read(handler)
        assert len(handler.headers) == len(message.head.fields)
        assert handler.rfile.read() == message.raw[message.head.size :]


def as_text(target: bytes) -> str:
    """http.server folds slashes at the start of a path into one."""
    text = target.decode("latin-1")
    return "/" + text.lstrip("/") if text.startswith("//") else text


def as_read(handler: Handler) -> str:
    return f"{handler.command} {handler.path}"


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize("case", FORWARDED.values(), ids=FORWARDED)
def test_the_python_parser_of_aiohttp_reads_the_same(case: Case, loop: asyncio.AbstractEventLoop) -> None:
    for message in forwarded_messages(case):
        read, rest = read_by_aiohttp(message.raw, loop)

        assert rest == b""
        assert [(one.method, one.path, len(one.raw_headers)) for one in read] == [
            (method_of(message), target_of(message), len(message.head.fields))
        ]


def read_by_aiohttp(data: bytes, loop: asyncio.AbstractEventLoop) -> tuple[list[RawRequestMessage], bytes]:
    class Nobody:
        """The protocol that aiohttp wants for backpressure."""

        _reading_paused = False

        def pause_reading(self) -> None: ...

        def resume_reading(self) -> None: ...

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = HttpRequestParserPy(
            Nobody(), loop, 2**16, max_line_size=16_384, max_field_size=16_384, max_headers=200
        )
        messages, _, rest = parser.feed_data(data)
    return [message for message, _ in messages], rest


def method_of(message: Message) -> str:
    return message.head.start.split(b" ")[0].decode()


def target_of(message: Message) -> str:
    return message.head.start.split(b" ")[1].decode()
