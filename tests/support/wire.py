"""What clients really send: a listener that answers everything and keeps every request head."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from detectors.request import Request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"


class Ear:
    """One listener on the loopback. `heads` are the request heads in the order of their arrival."""

    def __init__(self, page: bytes) -> None:
        self.heads: list[bytes] = []
        self._page = page
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; a connection in progress ends by itself."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            received = b""
            try:
                while b"\r\n\r\n" not in received:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    received += piece
                head = received.partition(b"\r\n\r\n")[0]
                self.heads.append(head)
                body = self._page if head.split()[1] == b"/" else b"."
                connection.sendall(ANSWER % (len(body), body))
            except OSError:
                return


@contextmanager
def listening(page: bytes = b"<p>hello") -> Iterator[Ear]:
    """An Ear that answers `/` with `page`, everything else with a dot."""
    ear = Ear(page)
    try:
        yield ear
    finally:
        ear.close()


def request_of(head: bytes, scheme: str = "http", address: str = "203.0.113.7") -> Request:
    """The request whose head arrived."""
    first, *lines = head.split(b"\r\n")
    method, target, version = first.split(b" ")
    pairs = [line.partition(b":") for line in lines]
    headers = tuple((name, content.strip()) for name, _, content in pairs)
    fields: dict[bytes, bytes] = {}
    for name, content in headers:
        fields.setdefault(name.lower(), content)
    path, _, query = target.decode("latin-1").partition("?")
    return Request(
        method=method.decode(),
        target=target,
        path=path,
        query=query,
        host=fields.get(b"host", b"").decode().lower().rpartition(":")[0] or fields[b"host"].decode(),
        scheme=scheme,
        http_version=version.removeprefix(b"HTTP/").decode(),
        headers=headers,
        fields=fields,
        address=address,
        arrived=1_790_000_000.0,
    )
