"""A line between a client and a server that writes down what each client says first, and changes nothing."""

import contextlib
import socket
import threading
from typing import Self

from tests.support.processes import wait_until

MAX_KEPT = 64 * 1024


class Recorder:
    """Passes connections on to `port`; `sent` holds the first bytes of each client, in order."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sent: list[bytearray] = []
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def hellos(self, count: int) -> list[bytes]:
        """What the first `count` clients said, once they did."""
        wait_until(lambda: len(self.sent) >= count and all(self.sent[:count]))
        return [bytes(one) for one in self.sent[:count]]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._to))
                kept = bytearray()
                self.sent.append(kept)
                self._open += [client, server]
                for way in ((client, server, kept), (server, client, None)):
                    threading.Thread(target=_pass, args=way, daemon=True).start()


def _pass(source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if kept is not None and len(kept) < MAX_KEPT:
                kept += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
