"""Traffic at a fixed rate, whatever the answers do: latency counts from when a request should have left.

A stall is so not hidden by the requests that it delays. Two threads and plain sockets, because the timers of
an event loop are a thousand times coarser than what is measured.
"""

import re
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from statistics import quantiles

from bench.peers import Peer

CONNECTIONS = 32
CHROME_HEAD = (
    "Host: shop.example.com\r\nConnection: keep-alive\r\n"
    'sec-ch-ua: "Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"\r\n'
    'sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Windows"\r\nUpgrade-Insecure-Requests: 1\r\n'
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,"
    "image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\n"
    "Sec-Fetch-Dest: document\r\nReferer: http://shop.example.com/category/lamps\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n"
)
COOKIE = re.compile(rb"^set-cookie: *([^;\r]+)", re.IGNORECASE | re.MULTILINE)
LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shopper:
    """One address and the cookie it was given."""

    address: str
    cookie: str = ""

    def request(self, path: str) -> bytes:
        """A page load by Chrome, from this address."""
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        return f"GET {path} HTTP/1.1\r\n{CHROME_HEAD}{cookie}X-Forwarded-For: {self.address}\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the intended departure to the last byte; `lost` were never answered."""

    p50_ms: float
    p99_ms: float
    lost: int


@dataclass(slots=True)
class Line:
    """One keep-alive connection with at most one request under way, due at `due`."""

    socket: socket.socket
    due: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    @classmethod
    def to(cls, port: int) -> "Line":
        link = socket.create_connection(("127.0.0.1", port), timeout=10)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(link)

    def send(self, request: bytes, due: float) -> None:
        """Ask for something."""
        self.received.clear()
        self.due = due
        self.socket.sendall(request)

    def take(self) -> bool:
        """Read what came; True once the answer is whole. ConnectionError where the peer hung up."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed before the answer ended")
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = LENGTH.search(self.received, 0, end)
        return len(self.received) >= end + 4 + (int(length[1]) if length else 0)


def collect(lines: list[Line], free: "SimpleQueue[Line]", count: int, deadline: float) -> list[float]:
    """Latencies in seconds of up to `count` answers; each answered line is free again."""
    poll = select.epoll()
    by_number = {line.socket.fileno(): line for line in lines}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    took: list[float] = []
    while len(took) < count and time.perf_counter() < deadline:
        for number, _ in poll.poll(0.1):
            line = by_number[number]
            if line.take():
                took.append(time.perf_counter() - line.due)
                free.put(line)
    poll.close()
    return took


def open_loop(peer: Peer, shoppers: list[Shopper], rate: float, seconds: float) -> Latency:
    """Latency at `rate` requests a second for `seconds`."""
    requests = [who.request(f"/product/{1000 + n * 37 % 3000}") for n, who in enumerate(shoppers)]
    lines = [Line.to(peer.port) for _ in range(CONNECTIONS)]
    free: SimpleQueue[Line] = SimpleQueue()
    for line in lines:
        free.put(line)
    count, started = int(rate * seconds), time.perf_counter() + 0.1
    took: list[float] = []
    deadline = started + seconds * 2 + 5
    receiver = threading.Thread(target=lambda: took.extend(collect(lines, free, count, deadline)))
    receiver.start()
    for number in range(count):
        due = started + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        free.get(timeout=10).send(requests[number % len(requests)], due)
    receiver.join()
    for line in lines:
        line.socket.close()
    cuts = quantiles(took, n=100)
    return Latency(cuts[49] * 1000, cuts[98] * 1000, count - len(took))


def shoppers_of(peer: Peer, count: int) -> list[Shopper]:
    """Let `count` addresses open the shop once and keep the cookies they get, as browsers do."""
    line, shoppers = Line.to(peer.port), []
    for number in range(1, count + 1):
        who = Shopper(f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        line.send(who.request("/product/1000"), 0.0)
        while not line.take():
            pass
        cookie = COOKIE.search(line.received)
        shoppers.append(Shopper(who.address, cookie[1].decode("latin-1") if cookie else ""))
    line.socket.close()
    return shoppers


def write_shoppers(shoppers: list[Shopper], file: Path) -> Path:
    """The list that shoppers.lua reads."""
    file.write_text("".join(f"{who.address}\t{who.cookie}\n" for who in shoppers), "utf-8")
    return file
