"""A TLS listener in this process: what clients may send before the handshake, and what becomes of them."""

import asyncio
import socket
import ssl
import struct
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from config.loader import load
from detectors.request import Tls
from proxy.client_address import Trust
from proxy.tls.certificates import Certificates
from proxy.tls.door import Door
from proxy.tls.waiting import Outcome, Waiting
from tests.support.certificates import Authority
from tests.support.hellos import browser_hello, hello, records, second_ja4

PATIENCE_S = 5.0
LOOPBACK = ip_network("127.0.0.0/8")
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes((192, 0, 2, 7, 10, 0, 0, 1, 1, 0, 1, 0))


class House:
    """A door with what it needs of a server; connections that shake hands are kept in `arrived`."""

    def __init__(
        self, folder: Path, *, most: int = 100, of_one: int = 100, proxy_header: bool = False
    ) -> None:
        self.authority = Authority(folder / "ca")
        pair = self.authority.give("shop")
        file = folder / "stile.yaml"
        text = (
            f"listen: [{{address: '127.0.0.1:0', proxy_protocol: {str(proxy_header).lower()}, "
            f"tls: {{certificate: {pair.certificate}, key: {pair.key}}}}}]\n"
            "sites: [{upstreams: ['http://127.0.0.1:1']}]\n"
        )
        file.write_text(text)
        self.config = load(str(file))
        self.certificates = Certificates(self.config, str(file), text)
        self.trust = Trust([], "x-forwarded-for")
        self.waiting = Waiting(most, of_one)
        self.counters = SimpleNamespace(handshakes=Counter())
        self.gate = SimpleNamespace(services=SimpleNamespace(counters=self.counters))
        self.arrived: list[Any] = []
        self.parser = None
        self.looks = 0

    @property
    def outcomes(self) -> Counter[Outcome]:
        """What became of the guests so far."""
        return self.counters.handshakes

    def admit(self, connection: Any) -> bytes | None:
        """A connection was made."""
        self.arrived.append(connection)
        return None

    def forget(self, connection: Any) -> None:
        """It was lost."""

    async def open(self) -> None:
        """Listen on a free port."""
        self.loop = asyncio.get_running_loop()
        bound = socket.create_server(("127.0.0.1", 0))
        self.port = bound.getsockname()[1]
        self.door = Door(self, self.config.listeners[0], bound)  # type: ignore[arg-type]

    async def becomes(self, outcome: Outcome, count: int = 1) -> float:
        """Wait until so many guests ended so; the seconds that it took."""
        started = time.monotonic()
        while self.outcomes[outcome] < count:
            assert time.monotonic() - started < PATIENCE_S, dict(self.outcomes)
            await asyncio.sleep(0.005)
        return time.monotonic() - started

    def tick(self, limit_s: float) -> None:
        """What the server does four times a second."""
        for guest in self.waiting.overdue(self.loop.time() - limit_s):
            guest.cut(Outcome.LATE)


Story = Callable[[House], Coroutine[Any, Any, None]]


def happens(house: House, story: Story) -> None:
    """Open the house and let the story happen in it."""

    async def whole() -> None:
        await house.open()
        try:
            await story(house)
        finally:
            house.door.close()
            for guest in house.waiting.everybody():
                guest.cut(Outcome.LATE)
            for connection in house.arrived:
                connection.transport.abort()
            await asyncio.sleep(0.01)

    uvloop.run(whole())


async def connected(house: House) -> socket.socket:
    """A client's socket."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await house.loop.sock_connect(sock, ("127.0.0.1", house.port))
    return sock


class Client:
    """A real TLS client whose bytes go out through `send`, so that a test may cut them up."""

    def __init__(self, house: House, sock: socket.socket, name: str = "shop.example") -> None:
        context = ssl.create_default_context(cafile=str(house.authority.file))
        context.check_hostname = False
        self.sent, self._got = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._got, self.sent, server_hostname=name)
        self._house, self._sock = house, sock

    def hello(self) -> bytes:
        """The first flight."""
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.sent.read()

    async def go_on(self) -> None:
        """The rest of the handshake."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self._got.write(await self._house.loop.sock_recv(self._sock, 65536))
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                await self._house.loop.sock_sendall(self._sock, self.sent.read())
                return


async def drip(house: House, sock: socket.socket, data: bytes, size: int, pause_s: float = 0.0) -> None:
    """Send pieces of `size` bytes, each in a packet of its own."""
    for place in range(0, len(data), size):
        await house.loop.sock_sendall(sock, data[place : place + size])
        await asyncio.sleep(pause_s)


PIECES = {"whole": 10_000, "in two": 200, "byte by byte": 1}


@pytest.mark.parametrize("size", PIECES.values(), ids=PIECES)
def test_a_hello_may_come_in_any_pieces(tmp_path: Path, size: int) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        client = Client(house, sock)
        first = client.hello()
        await drip(house, sock, first, size)
        await client.go_on()
        await house.becomes(Outcome.COMPLETED)

        assert house.arrived[0].tls == Tls("TLSv1.3", "shop.example", second_ja4(first), grease=False)
        assert len(house.waiting) == 0
        sock.close()

    happens(House(tmp_path), story)


@pytest.mark.parametrize("size", [100, 300])
def test_a_hello_may_fill_several_records(tmp_path: Path, size: int) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        client = Client(house, sock)
        first = client.hello()
        await drip(house, sock, records(first[5:], size), 50)
        await client.go_on()
        await house.becomes(Outcome.COMPLETED)

        assert house.arrived[0].tls.ja4 == second_ja4(first)
        sock.close()

    happens(House(tmp_path), story)


LARGE = {"16 KB": 16_000, "in two records": 20_000, "32 KB": 32_000}


@pytest.mark.parametrize("size", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("pieces", [65536, 1400])
def test_a_large_hello_is_read_to_its_end(tmp_path: Path, size: int, pieces: int) -> None:
    """OpenSSL ends it then, for it is only half of one; we must have handed it over."""

    async def story(house: House) -> None:
        sock = await connected(house)
        await drip(house, sock, records(hello([(21, bytes(size))])), pieces)
        await house.becomes(Outcome.FAILED)
        sock.close()

    happens(House(tmp_path), story)


ENDS = {
    "garbage": (b"\x00\x01\x02\x03" * 100, Outcome.UNREADABLE),
    "SSH": (b"SSH-2.0-OpenSSH_9.9\r\n", Outcome.UNREADABLE),
    "an alert": (b"\x15\x03\x01\x00\x02\x02\x28", Outcome.UNREADABLE),
    "a hello of 16 MB": (b"\x16\x03\x01\x40\x00\x01\xff\xff\xff", Outcome.TOO_LARGE),
    "a hello in 300 records": (records(browser_hello(), 6), Outcome.TOO_LARGE),
    "another handshake message": (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", Outcome.FAILED),
    "a hello that is broken inside": (records(b"\x01\x00\x00\x20" + bytes(32)), Outcome.FAILED),
}


@pytest.mark.parametrize(("data", "outcome"), ENDS.values(), ids=ENDS)
def test_what_is_no_hello_ends_at_once(tmp_path: Path, data: bytes, outcome: Outcome) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await house.loop.sock_sendall(sock, data)

        assert await house.becomes(outcome) < 1.0
        with pytest.raises((ConnectionError, TimeoutError, AssertionError)):
            async with asyncio.timeout(1.0):
                assert await house.loop.sock_recv(sock, 100)
        assert len(house.waiting) == 0
        sock.close()

    happens(House(tmp_path), story)


@pytest.mark.parametrize("size", [1000, 1])
def test_plain_http_is_told_so(tmp_path: Path, size: int) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await drip(house, sock, b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n", size)
        answer = b""
        async with asyncio.timeout(PATIENCE_S):
            while data := await house.loop.sock_recv(sock, 4096):
                answer += data
        sock.close()
        await house.becomes(Outcome.PLAIN_HTTP)

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"HTTPS" in answer

    happens(House(tmp_path), story)


def test_plain_http_that_goes_on_and_on_is_cut(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await house.loop.sock_sendall(sock, b"POST / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            await drip(house, sock, bytes(4096 * 1000), 4096)
        await house.becomes(Outcome.PLAIN_HTTP)
        sock.close()

    happens(House(tmp_path), story)


LEFT = {"in the middle": records(browser_hello())[:700], "after one byte": b"\x16"}


@pytest.mark.parametrize("data", LEFT.values(), ids=LEFT)
@pytest.mark.parametrize("reset", [True, False])
def test_who_leaves_is_let_go_soon(tmp_path: Path, data: bytes, reset: bool) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await house.loop.sock_sendall(sock, data)
        await asyncio.sleep(0.05)
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

        assert await house.becomes(Outcome.LEFT) < 1.0
        assert len(house.waiting) == 0

    happens(House(tmp_path), story)


@pytest.mark.parametrize("reset", [True, False])
def test_who_comes_and_goes_saying_nothing_leaves_nothing(tmp_path: Path, reset: bool) -> None:
    async def story(house: House) -> None:
        for _ in range(20):
            sock = await connected(house)
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        await asyncio.sleep(0.1)

        assert len(house.waiting) == 0
        assert set(house.outcomes) <= {Outcome.LEFT}

    happens(House(tmp_path), story)


def test_who_hangs_up_during_the_handshake_is_let_go_soon(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await house.loop.sock_sendall(sock, Client(house, sock).hello())
        await asyncio.sleep(0.05)
        sock.close()

        assert await house.becomes(Outcome.FAILED) < 1.0

    happens(House(tmp_path), story)


SILENT = {
    "saying nothing": b"",
    "with half a hello": records(browser_hello())[:700],
    "with a whole one": None,
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT)
def test_who_keeps_silent_is_cut_in_time(tmp_path: Path, data: bytes | None) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await house.loop.sock_sendall(sock, Client(house, sock).hello() if data is None else data)
        await asyncio.sleep(0.3 if data != b"" else 2.5)  # who says nothing is let in after a second or two
        house.tick(0.25)
        await house.becomes(Outcome.LATE)
        async with asyncio.timeout(1.0):
            while True:
                try:
                    if not await house.loop.sock_recv(sock, 65536):
                        break
                except ConnectionError:
                    break
        assert (len(house.waiting), house.arrived) == (0, [])
        sock.close()

    happens(House(tmp_path), story)


def test_silence_costs_nothing(tmp_path: Path) -> None:
    """A hundred clients with half a hello: no readiness that is not one, hence no busy loop."""

    async def story(house: House) -> None:
        socks = [await connected(house) for _ in range(100)]
        for sock in socks:
            await house.loop.sock_sendall(sock, records(browser_hello())[:700])
        await asyncio.sleep(0.2)
        before = time.process_time()
        await asyncio.sleep(1.0)

        assert time.process_time() - before < 0.1
        for sock in socks:
            sock.close()

    happens(House(tmp_path), story)


def test_one_byte_records_cost_little(tmp_path: Path) -> None:
    """Each record asks for one more; after a few looks the clock says when to look, not the sender."""

    async def story(house: House) -> None:
        data = records(browser_hello(), 1)[: 6 * 63]
        socks = [await connected(house) for _ in range(20)]
        before = time.process_time()
        for sock in socks:
            await drip(house, sock, data, 1)
        sending = time.process_time() - before
        await asyncio.sleep(0.5)

        assert len(house.waiting) == 20
        assert sending < 20 * len(data) * 100e-6  # the sender's own part is most of it
        for sock in socks:
            sock.close()

    happens(House(tmp_path), story)


def test_many_who_wait_shut_nobody_out(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        silent = [await connected(house) for _ in range(60)]
        for each in silent:
            await house.loop.sock_sendall(each, b"\x16")
        await asyncio.sleep(0.05)
        assert len(house.waiting) == 20
        sock = await connected(house)
        client = Client(house, sock)
        await house.loop.sock_sendall(sock, client.hello())
        await client.go_on()
        await house.becomes(Outcome.COMPLETED)

        assert house.outcomes[Outcome.CROWDED] == 41
        for each in (*silent, sock):
            each.close()

    happens(House(tmp_path, most=1000, of_one=20), story)


HEADERS = {"version 1": b"PROXY TCP4 192.0.2.7 10.0.0.1 256 256\r\n", "version 2": V2}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("size", [10_000, 1])
def test_a_trusted_proxy_header_comes_before_the_hello(tmp_path: Path, header: bytes, size: int) -> None:
    async def story(house: House) -> None:
        house.trust = Trust([LOOPBACK], "x-forwarded-for")
        sock = await connected(house)
        client = Client(house, sock)
        first = client.hello()
        await drip(house, sock, header + first, size)
        await client.go_on()
        await house.becomes(Outcome.COMPLETED)

        connection = house.arrived[0]
        assert (connection.peer, connection.trusted) == ("192.0.2.7", False)
        assert connection.tls.ja4 == second_ja4(first)
        sock.close()

    happens(House(tmp_path, proxy_header=True), story)


def test_a_proxy_header_of_anybody_else_is_no_hello(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        sock = await connected(house)
        await house.loop.sock_sendall(sock, HEADERS["version 1"])
        await house.becomes(Outcome.UNREADABLE)
        sock.close()

    happens(House(tmp_path, proxy_header=True), story)


def test_a_trusted_front_without_a_header_is_refused_where_one_is_due(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.trust = Trust([LOOPBACK], "x-forwarded-for")
        sock = await connected(house)
        await house.loop.sock_sendall(sock, Client(house, sock).hello())
        await house.becomes(Outcome.UNREADABLE)
        sock.close()

    happens(House(tmp_path, proxy_header=True), story)


def test_a_front_that_opens_tls_itself_lends_nobody_its_fingerprint(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.trust = Trust([LOOPBACK], "x-forwarded-for")
        sock = await connected(house)
        client = Client(house, sock)
        await house.loop.sock_sendall(sock, client.hello())
        await client.go_on()
        await house.becomes(Outcome.COMPLETED)

        assert house.arrived[0].tls == Tls("TLSv1.3", "shop.example", "", grease=None)
        sock.close()

    happens(House(tmp_path), story)


def test_a_full_descriptor_table_pauses_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(house: House) -> None:
        monkeypatch.setattr("proxy.tls.door.PAUSE_S", 0.05)
        accept = house.door._bound
        refusals = iter([OSError(24, "Too many open files")] * 3)

        class Full:
            """A listening socket whose first calls find no descriptor."""

            def accept(self) -> Any:
                for error in refusals:
                    raise error
                return accept.accept()

            def fileno(self) -> int:
                return accept.fileno()

            def close(self) -> None:
                accept.close()

        house.loop.remove_reader(accept)
        house.door._bound = Full()  # type: ignore[assignment]
        house.door._listen()
        sock = await connected(house)
        client = Client(house, sock)
        await house.loop.sock_sendall(sock, client.hello())
        await client.go_on()
        await house.becomes(Outcome.COMPLETED)
        sock.close()

    happens(House(tmp_path), story)
