"""So many requests a second whatever happens, from a process of its own, each timed from its due moment.

One thread, and `select` on the epoll set, because its timer counts microseconds where epoll's own counts
milliseconds. Where every connection waits, one more is opened: a stall is met by the requests that it delays.
"""

import contextlib
import select
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import quantiles

from bench.pace import CHROME_HEAD, Line, Shopper

LINES, MOST_LINES = 48, 1000
PATIENCE_S = 15.0
IMAGES = 9  # that come with a page
STRANGER_EVERY = 20  # one in so many requests is the first of somebody new
IMAGE_HEAD = (
    CHROME_HEAD.replace("Sec-Fetch-Dest: document", "Sec-Fetch-Dest: image")
    .replace("Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1", "Sec-Fetch-Mode: no-cors")
    .replace("Upgrade-Insecure-Requests: 1\r\n", "")
)


@dataclass(slots=True)
class Journal:
    """When each request was due, in seconds from the start, how long its answer took, and who asked.

    `failed` lists what went wrong: another status than 200, a connection that broke, no answer in time.
    """

    due: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=dict)

    def p99_ms(self, begin: float, end: float) -> float:
        """The 99th of 100 latencies of the requests due in between, in milliseconds."""
        took = [took for due, took in zip(self.due, self.took, strict=True) if begin <= due < end]
        return quantiles(took, n=100)[98] * 1000


def requests_of(people: list[Shopper]) -> Iterator[tuple[str, bytes]]:
    """Who asks for what, for ever: page by page with its images, and now and then somebody new."""
    number = visit = 0
    while True:
        for who in people:
            visit += 1
            product = 1000 + visit * 37 % 3000
            for step in range(1 + IMAGES):
                number += 1
                if number % STRANGER_EVERY == 0:
                    stranger = Shopper(f"100.{64 + (number >> 16) % 64}.{number >> 8 & 255}.{number & 255}")
                    yield "", stranger.request(f"/product/{product}")
                path = f"/images/{product}-{step}.svg"
                yield who.address, image(who, path) if step else who.request(f"/product/{product}")


def image(who: Shopper, path: str) -> bytes:
    """An image of a page, as Chrome asks for it."""
    lines = f"Cookie: {who.cookie}\r\nX-Forwarded-For: {who.address}\r\n\r\n"
    return f"GET {path} HTTP/1.1\r\n{IMAGE_HEAD}{lines}".encode()


class Pacer:
    """Sends on as many connections as it takes."""

    def __init__(self, port: int, began: float) -> None:
        self.journal = Journal()
        self._began = began
        self._port = port
        self._poll = select.epoll()
        self._lines: dict[int, Line] = {}
        self._asking: dict[int, str] = {}  # who asks on the lines that wait for an answer
        self._free: deque[Line] = deque(self._opened() for _ in range(LINES))

    def send(self, who: str, request: bytes, due: float) -> bool:
        """Ask on a line that is free; False where there is none."""
        if not self._free and len(self._lines) >= MOST_LINES:
            return False
        line = self._free.popleft() if self._free else self._opened()
        self._asking[line.socket.fileno()] = who
        try:
            line.send(request, due)
        except OSError as fault:
            self._break(line, repr(fault))
        return True

    def receive(self, until: float) -> None:
        """Take what comes until then."""
        while True:
            ready, _, _ = select.select([self._poll], [], [], max(0.0, until - time.perf_counter()))
            for number, _ in self._poll.poll(0) if ready else ():
                self._take(self._lines[number])
            if time.perf_counter() >= until:
                return

    def close(self) -> None:
        """Wait for what is under way, and hang up."""
        deadline = time.perf_counter() + PATIENCE_S
        while self._asking and time.perf_counter() < deadline:
            self.receive(time.perf_counter() + 0.05)
        self.journal.failed += ["no answer"] * len(self._asking)
        for line in self._lines.values():
            line.socket.close()
        self._poll.close()

    def _take(self, line: Line) -> None:
        number, journal = line.socket.fileno(), self.journal
        try:
            if not line.take():
                return
        except OSError as fault:
            self._break(line, repr(fault))
            return
        journal.due.append(line.due - self._began)
        journal.took.append(time.perf_counter() - line.due)
        who = self._asking.pop(number)
        journal.answered[who] = journal.answered.get(who, 0) + 1
        if line.received[9:12] != b"200":
            journal.failed.append(bytes(line.received[:40]).decode("latin-1").partition("\r")[0])
        self._free.append(line)

    def _opened(self) -> Line:
        line = Line.to(self._port)
        self._lines[line.socket.fileno()] = line
        self._poll.register(line.socket, select.EPOLLIN)
        return line

    def _break(self, line: Line, fault: str) -> None:
        """Give a broken line up; only where it was asking is that a failure."""
        number = line.socket.fileno()
        if self._asking.pop(number, None) is not None:
            self.journal.failed.append(fault)
        with contextlib.suppress(ValueError):
            self._free.remove(line)
        self._poll.unregister(line.socket)
        del self._lines[number]
        line.socket.close()


def drive(port: int, people: list[Shopper], rate: float, seconds: float, began_at: float) -> Journal:
    """Send from `began_at` (monotonic, as all processes see it) on, and tell how it went."""
    began = began_at - time.monotonic() + time.perf_counter()
    pacer, requests = Pacer(port, began), requests_of(people)
    for number in range(int(rate * seconds)):
        due = began + number / rate
        pacer.receive(due)
        who, request = next(requests)
        while not pacer.send(who, request, due):
            pacer.receive(time.perf_counter() + 0.001)
    pacer.close()
    return pacer.journal


@contextlib.contextmanager
def apart() -> Iterator[Callable]:
    """Run functions in a fresh process: `apart(work, *arguments)` gives a future."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool.submit
