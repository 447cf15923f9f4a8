"""A TLS listener: accepts, has the hello read, chooses the certificate, and lets the loop shake hands."""

import asyncio
import errno
import socket
from functools import partial
from typing import TYPE_CHECKING, Any

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

MOST_AT_ONCE = 64  # accepted in one turn of the loop; while it is quiet, one, which saves a vain attempt
RUSH_S = 0.002
DEFER_S = 1
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
        self._at_once = 1
        self._woken = 0.0
        bound.setblocking(False)
        # As Apache does: the kernel wakes us when the hello is there, which saves a wait for readiness. Who
        # says nothing comes in after a second, and waits here as long as it may.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER_S)
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
        now = self.loop.time()
        self._at_once = min(2 * self._at_once, MOST_AT_ONCE) if now - self._woken < RUSH_S else 1
        self._woken = now
        for _ in range(self._at_once):
            try:
                sock, peer = self._bound.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in EXHAUSTED:
                    self._pause(error)
                    return
                continue  # accept(2): trouble of the new connection alone, which has gone again
            self._greet(sock, peer_of(peer[0]), now)

    def _pause(self, error: OSError) -> None:
        logger().warning("tls.accept_paused", reason=error.strerror)
        self._open = False
        self.loop.remove_reader(self._bound)
        self.loop.call_later(PAUSE_S, self._resume)

    def _resume(self) -> None:
        if self._bound.fileno() >= 0:
            self._listen()

    def _greet(self, sock: socket.socket, address: str, now: float) -> None:
        trusted = self._server.trust.covers(address)
        greeting = Greeting(self, sock, address, now, proxy_header=self._proxy_protocol and trusted)
        leaving = self._server.waiting.add(greeting, trusted=trusted)
        if leaving is not None:
            self._make_room(leaving)
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
        server, tls = self._server, tls_of(hello)
        greeting.task = self.loop.create_task(
            self.loop.connect_accepted_socket(
                partial(connection, server, greeting.address, tls),
                greeting.sock,
                ssl=server.certificates.context_for(self._spot, tls.server_name),
                ssl_handshake_timeout=server.config.limits.handshake_timeout_s,
            )
        )
        greeting.task.add_done_callback(partial(self._shaken, greeting))

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

    def _shaken(self, greeting: Greeting, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            return  # it was cut, and has been counted
        error = task.exception()
        if error is not None and not isinstance(error, OSError):  # ssl.SSLError and TimeoutError are OSErrors
            logger().error("tls.handshake_failed", error=f"{type(error).__name__}: {error}")
        self._end(greeting, Outcome.COMPLETED if error is None else Outcome.FAILED)

    async def _answer_plainly(self, greeting: Greeting) -> None:
        left = asyncio.Event()
        transport = None
        try:
            transport, _ = await self.loop.connect_accepted_socket(lambda: WrongPort(left.set), greeting.sock)
            await left.wait()
        except OSError:
            greeting.sock.close()
        finally:
            if transport is not None:
                transport.abort()
            self._end(greeting, Outcome.PLAIN_HTTP)


def connection(server: "Server", address: str, tls: Tls) -> Downstream:
    """A connection whose peer and hello are known before it is made."""
    made = Downstream(server, "https")
    made.peer, made.tls = address, tls
    return made


def tls_of(hello: bytes) -> Tls:
    """What a hello tells; nothing where it is malformed, which OpenSSL then tells the client."""
    try:
        read = client_hello_of(hello)
    except BadHello:
        return UNREAD
    return Tls("", read.server_name, ja4_of(read), read.grease)
