"""A TLS listener: accepts, has the hello read, chooses the certificate, and lets the loop shake hands."""

import asyncio
import errno
import socket
from typing import TYPE_CHECKING

from config.settings import Listener
from detectors.fingerprint.client_hello import BadHello, client_hello_of
from detectors.fingerprint.ja4 import ja4_of
from detectors.request import Tls
from proxy.client_address import peer_of
from proxy.downstream import Downstream
from proxy.logs import logger
from proxy.tls.greeting import Greeting
from proxy.tls.waiting import Outcome
from proxy.tls.wrong_port import WrongPort

if TYPE_CHECKING:  # a server owns its doors
    from proxy.server import Server

ACCEPTED_AT_ONCE = 64
PAUSE_S = 1.0  # as asyncio does when descriptors have run out
EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
UNREAD = Tls("", "", "")


class Door:
    """Accepts on one socket that is bound already."""

    def __init__(self, server: "Server", listener: Listener, bound: socket.socket) -> None:
        self.loop = server.loop
        self._server = server
        self._spot = listener.host, listener.port
        self._proxy_protocol = listener.proxy_protocol
        self._bound = bound
        self._open = False
        bound.setblocking(False)
        self._listen()

    def _listen(self) -> None:
        self._open = True
        self.loop.add_reader(self._bound, self._accept)

    def close(self) -> None:
        """Take nobody in any more; guests go on."""
        if self._open:
            self._open = False
            self.loop.remove_reader(self._bound)
        self._bound.close()

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                sock, peer = self._bound.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self._pause(error)
                    return
                continue  # accept(2): trouble of the new connection alone, which has gone again
            sock.setblocking(False)
            self._greet(sock, peer_of(str(peer[0])))

    def _pause(self, error: OSError) -> None:
        logger().warning("tls.accept_paused", reason=error.strerror)
        self._open = False
        self.loop.remove_reader(self._bound)
        self.loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        if self._bound.fileno() >= 0:
            self._listen()

    def _greet(self, sock: socket.socket, address: str) -> None:
        trusted = self._server.trust.covers(address)
        greeting = Greeting(
            self, sock, address, self.loop.time(), proxy_header=self._proxy_protocol and trusted
        )
        self._make_room(self._server.waiting.add(greeting, trusted=trusted))
        greeting.look()

    def _make_room(self, leaving: object) -> None:
        if isinstance(leaving, Greeting):
            leaving.cut(Outcome.CROWDED)

    # what becomes of a greeting

    def names(self, greeting: Greeting, address: str) -> None:
        """A PROXY header told whose connection it is."""
        self._make_room(self._server.waiting.rename(greeting, address))

    def greeted(self, greeting: Greeting, hello: bytes) -> None:
        """The whole hello is there."""
        tls = tls_of(hello)
        greeting.task = self.loop.create_task(self._shake_hands(greeting, tls))

    def misled(self, greeting: Greeting) -> None:
        """It is a request in plain HTTP."""
        greeting.task = self.loop.create_task(self._answer_plainly(greeting))

    def gone(self, greeting: Greeting, outcome: Outcome) -> None:
        """It is no guest any more."""
        greeting.ended = True
        self._server.waiting.remove(greeting)
        self._server.gate.services.counters.handshakes[outcome] += 1

    def _end(self, greeting: Greeting, outcome: Outcome) -> None:
        if not greeting.ended:
            self.gone(greeting, outcome)

    async def _shake_hands(self, greeting: Greeting, tls: Tls) -> None:
        server = self._server

        def connection() -> Downstream:
            made = Downstream(server, "https")
            made.peer, made.tls = greeting.address, tls
            return made

        try:
            await self.loop.connect_accepted_socket(
                connection,
                greeting.sock,
                ssl=server.certificates.context_for(self._spot, tls.server_name),
                ssl_handshake_timeout=server.config.limits.handshake_timeout_s,
            )
        except OSError:  # ssl.SSLError and TimeoutError are among them
            self._end(greeting, Outcome.FAILED)
        except Exception as error:  # noqa: BLE001  the border of a task: one client's trouble stays its own
            logger().error("tls.handshake_failed", error=f"{type(error).__name__}: {error}")
            self._end(greeting, Outcome.FAILED)
        else:
            self._end(greeting, Outcome.COMPLETED)

    async def _answer_plainly(self, greeting: Greeting) -> None:
        left = asyncio.Event()
        transport = None
        try:
            transport, _ = await self.loop.connect_accepted_socket(lambda: WrongPort(left.set), greeting.sock)
            await left.wait()
        finally:
            if transport is not None:
                transport.abort()
            self._end(greeting, Outcome.PLAIN_HTTP)


def tls_of(hello: bytes) -> Tls:
    """What a hello tells; nothing where it is malformed, which OpenSSL then tells the client."""
    try:
        read = client_hello_of(hello)
    except BadHello:
        return UNREAD
    return Tls("", read.server_name, ja4_of(read), read.grease)
