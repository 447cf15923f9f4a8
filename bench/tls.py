"""What peeking adds to a TLS connection: CPU of a listener of ours, beside asyncio's own.

`python -m bench.tls` prints it. All listeners have the same certificate and the same connections on top;
they differ only in who accepts, and in whether the hello that was peeked at is read. Clients in this process
shake hands and leave. Other work on the machine adds to every figure: caches that it empties fill anew.
"""

import argparse
import asyncio
import contextlib
import gc
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import mean, median
from types import SimpleNamespace
from typing import Any

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from rich.console import Console

from bench.report import Row, alone, show
from config.loader import load
from config.settings import Config
from detectors.request import Tls
from proxy.downstream import Downstream
from proxy.server import Server
from proxy.tls import door
from proxy.tls.certificates import Certificates
from proxy.tls.records import hello_in

ROOT = Path(__file__).parent.parent
DAY = timedelta(days=1)
READING, PEEKING, PLAIN = "reading", "peeking", "plain"
AT_ONCE = 4  # clients that come at the same time


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rounds of how many connections for each listener, and how often those are started anew.

    One process differs from the next, by where it lies in memory, as much as what is measured here.
    """

    starts: int
    rounds: int
    connections: int


FULL = Plan(starts=8, rounds=5, connections=400)
QUICK = Plan(starts=2, rounds=2, connections=100)


# the listeners, each in a process of its own


def serve(kind: str, folder: Path) -> None:
    """Listen until standard input ends; answer each line of it with the CPU time so far, in seconds."""
    uvloop.run(_serve(kind, folder))


def unread(hello: bytes) -> Tls:  # noqa: ARG001  in the place of one that reads
    """Nothing of a hello."""
    return door.UNREAD


async def _serve(kind: str, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    file = folder / "stile.yaml"
    config = load(str(file))
    counters = SimpleNamespace(handshakes=Counter())
    gate: Any = SimpleNamespace(services=SimpleNamespace(counters=counters))
    server = Server(config, gate, loop, Certificates(config, str(file), file.read_text()))
    bound = socket.create_server(("127.0.0.1", 0), backlog=4096)
    gc.freeze()  # as a worker does
    gc.set_threshold(50_000, 50, 1000)
    if kind == PEEKING:
        door.tls_of = unread
    if kind != PLAIN:
        await server.listen([(config.listeners[0], bound)])
    else:
        await loop.create_server(
            lambda: Downstream(server, "https"), sock=bound, ssl=_context(server, config), backlog=4096
        )
    done = asyncio.Event()

    def answer() -> None:
        if sys.stdin.readline():
            sys.stdout.write(f"{time.process_time()}\n")
            sys.stdout.flush()
        else:
            done.set()

    loop.add_reader(sys.stdin, answer)
    sys.stdout.write(f"{bound.getsockname()[1]}\n")
    sys.stdout.flush()
    await done.wait()


def _context(server: Server, config: Config) -> ssl.SSLContext:
    listener = config.listeners[0]
    return server.certificates.context_for((listener.host, listener.port), "")


# the measurement


class Listener:
    """One of the two, as a process."""

    def __init__(self, kind: str, folder: Path) -> None:
        command = [sys.executable, "-m", "bench.tls", "--serve", kind, "--folder", str(folder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def cpu_s(self) -> float:
        """The CPU time that it has used."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self._line())

    def stop(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@contextlib.contextmanager
def listener(kind: str, folder: Path) -> Iterator[Listener]:
    """A listener while the block lasts."""
    one = Listener(kind, folder)
    try:
        yield one
    finally:
        one.stop()


def write_files(folder: Path) -> None:
    """A certificate as most have it (P-256), and a configuration that names it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - DAY).not_valid_after(now + DAY)
    pem = serialization.Encoding.PEM
    (folder / "own.crt").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "own.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "stile.yaml").write_text(
        "listen: [{address: '127.0.0.1:0', tls: {certificate: own.crt, key: own.key}}]\n"
        "sites: [{upstreams: ['http://127.0.0.1:1']}]\n"
    )


def visit(port: int, context: ssl.SSLContext, connections: int) -> None:
    """Shake hands so many times, with some clients at once."""
    with ThreadPoolExecutor(AT_ONCE) as clients:
        list(clients.map(partial(come_and_go, port, context), [connections // AT_ONCE] * AT_ONCE))


def come_and_go(port: int, context: ssl.SSLContext, connections: int) -> None:
    """One client's visits, one after the other."""
    for _ in range(connections):
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as sock,
            context.wrap_socket(sock, server_hostname="localhost"),
        ):
            pass


def round_us(one: Listener, context: ssl.SSLContext, connections: int) -> float:
    """CPU of the listener per connection, in microseconds."""
    before = one.cpu_s()
    visit(one.port, context, connections)
    time.sleep(0.05)  # the last one's end
    return (one.cpu_s() - before) / connections * 1e6


def measure(plan: Plan = FULL) -> list[Row]:
    """All in turn, so that what the machine does meanwhile meets all of them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.TemporaryDirectory(prefix="stile-bench-tls-") as name:
        folder = Path(name)
        write_files(folder)
        rounds = [each for _ in range(plan.starts) for each in rounds_of(plan, folder, context)]
    plain, peeking, reading = (quiet(figures) for figures in zip(*rounds, strict=True))
    return [
        alone("TLS: CPU of a full handshake, P-256", plain, None, unit="µs"),
        alone("· peeking adds", peeking - plain, 50, unit="µs"),
        alone("· reading the hello and JA4 adds", reading - peeking, None, unit="µs"),
        alone("· reading the hello and JA4, caches warm", reading_us(), None, unit="µs"),
    ]


def rounds_of(plan: Plan, folder: Path, context: ssl.SSLContext) -> list[list[float]]:
    """CPU per connection of the three listeners, once started, in each round."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(listener(kind, folder)) for kind in (PLAIN, PEEKING, READING)]
        for one in listeners:
            visit(one.port, context, 100)
        return [[round_us(one, context, plan.connections) for one in listeners] for _ in range(plan.rounds)]


def quiet(figures: Sequence[float]) -> float:
    """The mean of the lowest quarter: the rounds that other work on the machine disturbed least."""
    return mean(sorted(figures)[: max(1, len(figures) // 4)])


def reading_us() -> float:
    """What reading one hello takes, again and again."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    sent = outgoing.read()
    took = []
    for _ in range(2000):
        started = time.perf_counter_ns()
        hello = hello_in(sent)
        assert isinstance(hello, bytes)
        door.tls_of(hello)
        took.append((time.perf_counter_ns() - started) / 1000)
    return median(took)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.tls", description="What reading the hello costs.")
    parser.add_argument("--quick", action="store_true", help="a short run")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.folder)
        return
    show(measure(QUICK if asked.quick else FULL), Console(width=120))


if __name__ == "__main__":
    main()
