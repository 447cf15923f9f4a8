"""Five thousand clients in a tarpit: what they weigh, and whether shoppers notice. Bounded in time."""

import resource
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.pace import Latency, open_loop, shoppers_of
from bench.peers import cpu_s, memory_bytes, stile
from bench.report import MIB, Row, alone

PIT = {"name": "pit", "when": 'request.path.startsWith("/pit/")', "action": "tarpit"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many are held, and for how long shoppers are watched, `rounds` times without and with them."""

    held: int
    rate: float
    watch_s: float
    rounds: int


FULL = Plan(held=5000, rate=400.0, watch_s=4.0, rounds=3)
QUICK = Plan(held=500, rate=200.0, watch_s=1.0, rounds=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. `before` and `meanwhile` are shoppers' latencies in the quietest round of each."""

    held: int
    growth_bytes: int
    buffer_bytes: int
    cpu_share: float
    before: Latency
    meanwhile: Latency


def changes(upstream: int, held: int) -> dict[str, Any]:
    """The configuration: the site is enforced, and nothing but the tarpit stands in a shopper's way."""
    return {
        "sites": [{"hosts": ["*"], "upstreams": [f"http://127.0.0.1:{upstream}"], "mode": "enforce"}],
        "policy": {"import": [], "rules": [PIT]},
        "mitigation": {"tarpit": {"most": held}},
        "limits": {"max_connections": held * 2 + 1000, "connections_per_address": held * 2},
    }


def request(number: int) -> bytes:
    """One page load of one of many addresses, eight of each."""
    address = f"198.{18 + (number >> 18)}.{number >> 11 & 127}.{number >> 3 & 255}"
    return (
        f"GET /pit/{number} HTTP/1.1\r\nHost: shop.example.com\r\nX-Forwarded-For: {address}\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0\r\n"
        "Accept: text/html\r\nAccept-Language: en\r\n\r\n"
    ).encode("ascii")


def allow_files(count: int) -> None:
    """Let this process, and those that it starts, have so many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))


@contextmanager
def clients(port: int, count: int) -> Iterator[list[socket.socket]]:
    """`count` clients that have begun to read an answer which does not end. From several own addresses."""
    with ExitStack() as stack:
        links = []
        for number in range(count):
            link = stack.enter_context(socket.socket())
            link.bind((f"127.0.0.{2 + number % 8}", 0))
            link.settimeout(10)
            link.connect(("127.0.0.1", port))
            link.sendall(request(number))
            links.append(link)
        for link in links:
            head = link.recv(4096)
            if b"Stile-Mitigated: tarpit" not in head or not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"a client was not held: {head[:80]!r}")
        yield links


def dripping(links: list[socket.socket], seconds: float) -> int:
    """How many of the clients got another drop within `seconds`."""
    waiting = selectors.DefaultSelector()
    for link in links:
        waiting.register(link, selectors.EVENT_READ)
    ends, fed = time.monotonic() + seconds, 0
    while time.monotonic() < ends and waiting.get_map():
        for key, _ in waiting.select(0.1):
            fed += bool(key.fileobj.recv(4096))  # type: ignore[union-attr]  # only sockets are registered
            waiting.unregister(key.fileobj)
    waiting.close()
    return fed


def socket_bytes() -> int:
    """What the kernel holds in the buffers of all TCP sockets of this machine, both ends of each."""
    line = next(line for line in Path("/proc/net/sockstat").read_text("ascii").splitlines() if "TCP:" in line)
    return int(line.split()[-1]) * resource.getpagesize()


def measure(folder: Path, upstream: int, plan: Plan) -> Figures:
    """One worker, without and with `plan.held` clients in turns; their weight is that of the first turn."""
    allow_files(plan.held + 1024)
    with stile(folder, upstream, upstream, "tarpit", changes(upstream, plan.held)) as peer:
        people = shoppers_of(peer, 100)
        open_loop(peer, people, plan.rate, 1.0)
        worker = peer.worker()
        before, meanwhile, weights, shares = [], [], [], []
        for _ in range(plan.rounds):
            before.append(open_loop(peer, people, plan.rate, plan.watch_s))
            weight, buffers = memory_bytes(worker, "Rss"), socket_bytes()
            with clients(peer.port, plan.held) as links:
                used, since = cpu_s(worker), time.monotonic()
                fed = dripping(links, 12.0)
                shares.append((cpu_s(worker) - used) / (time.monotonic() - since))
                if fed < plan.held:
                    raise RuntimeError(f"only {fed} of {plan.held} clients were held to the next drop")
                meanwhile.append(open_loop(peer, people, plan.rate, plan.watch_s))
                weights.append((memory_bytes(worker, "Rss") - weight, socket_bytes() - buffers))
            time.sleep(1.0)  # until the worker has seen them leave
        growth, growth_of_buffers = weights[0]
        return Figures(
            plan.held, growth, growth_of_buffers, median(shares), _quietest(before), _quietest(meanwhile)
        )


def _quietest(rounds: list[Latency]) -> Latency:
    """What else this machine does only adds."""
    return min(rounds, key=lambda took: took.p99_ms)


def rows(figures: Figures) -> list[Row]:
    """What goes into the results."""
    held = f"{figures.held:,} tarpitted clients"
    ratio = figures.meanwhile.p99_ms / figures.before.p99_ms
    return [
        alone(f"memory of {held}", figures.growth_bytes / MIB, 150, unit="MiB"),
        alone("· the kernel's buffers, both ends", figures.buffer_bytes / MIB, None, unit="MiB"),
        alone(f"CPU of {held}", figures.cpu_share * 100, None, unit="% of a core"),
        alone("· shoppers' 99 of 100 before", figures.before.p99_ms, None, unit="ms", digits=2),
        alone(f"· the same beside {held}", figures.meanwhile.p99_ms, None, unit="ms", digits=2),
        alone("· ratio of the two", ratio, None, unit="×", digits=2),
    ]
