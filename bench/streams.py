"""Large bodies through slow peers: how much a worker holds while they pass. Bounded in bytes and in time."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from bench.peers import Peer, free_port, memory_bytes

STEP_BYTES = 256 * 1024
SAMPLE_S = 0.05
SLOW_BYTES_PER_SECOND = 120 * 1024 * 1024
DEADLINE_S = 120.0
UPLOAD_HOST = "upload.example.com"


class Sink:
    """A storefront that takes uploads slowly and answers 204 at their end. One connection at a time."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server = socket.create_server(("127.0.0.1", self.port), backlog=16)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._server.accept()
            except OSError:
                return
            with link, contextlib.suppress(OSError):
                self._answer(link)

    def _answer(self, link: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = link.recv(65536)
            if not data:
                return
            head += data
        head, _, body = head.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        read_slowly(link, int(fields[b"content-length"]) - len(body))
        link.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        """Take no more."""
        self._server.close()


def read_slowly(link: socket.socket, size: int) -> int:
    """Read `size` bytes at SLOW_BYTES_PER_SECOND; the number that came."""
    started, seen = time.monotonic(), 0
    while seen < size and time.monotonic() - started < DEADLINE_S:
        data = link.recv(min(STEP_BYTES, size - seen))
        if not data:
            break
        seen += len(data)
        time.sleep(max(0.0, seen / SLOW_BYTES_PER_SECOND - (time.monotonic() - started)))
    return seen


def connect(port: int) -> socket.socket:
    """A client whose own buffer is small, so that what is in flight is in the peer."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
    link.settimeout(30)
    link.connect(("127.0.0.1", port))
    return link


def download(peer: Peer, size: int) -> int:
    """Fetch the huge body slowly; the bytes of body that came."""
    with connect(peer.port) as link:
        link.sendall(b"GET /huge HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            data = link.recv(4096)
            if not data:
                return 0
            head += data
        begun = len(head.partition(b"\r\n\r\n")[2])
        return begun + read_slowly(link, size - begun)


def upload(peer: Peer, size: int) -> int:
    """Send `size` bytes to a storefront that takes them slowly; the bytes sent, once it has answered."""
    block = b"u" * STEP_BYTES
    with connect(peer.port) as link:
        head = f"POST /upload HTTP/1.1\r\nHost: {UPLOAD_HOST}\r\nContent-Length: {size}\r\n"
        link.sendall(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode())
        sent = 0
        while sent < size:
            link.sendall(block[: size - sent])
            sent += min(len(block), size - sent)
        return sent if link.recv(4096).startswith(b"HTTP/1.1 204") else 0


@contextlib.contextmanager
def watched(pid: int, samples: list[int]) -> Iterator[None]:
    """Sample the resident memory of a process until the block ends."""
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_S):
            samples.append(memory_bytes(pid, "Rss"))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def growth_bytes(peer: Peer, pass_body: Callable[[Peer, int], int], size: int) -> int:
    """By how much a worker's resident memory grew, at most, while `size` bytes passed."""
    worker = peer.worker()
    before = memory_bytes(worker, "Rss")
    samples = [before]
    with watched(worker, samples):
        passed = pass_body(peer, size)
    if passed != size:
        raise RuntimeError(f"only {passed} of {size} bytes passed through {peer.name}")
    return max(samples) - before
