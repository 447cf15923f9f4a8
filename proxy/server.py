"""One worker's listeners and connections: who may come in, how long they may wait, how they leave."""

import asyncio
from collections.abc import Iterable
from socket import socket

from config.settings import Config, Listener
from proxy.client_address import Trust
from proxy.downstream import Downstream
from proxy.gate import Gate
from proxy.http1.request_head import RequestParser
from proxy.tls.certificates import Certificates
from proxy.tls.door import Door
from proxy.tls.waiting import Outcome, Waiting

TICK_S = 0.25
TICK_SLICE = 256  # connections looked at in one go: 0.2 ms, after which requests have their turn
BACKLOG = 4096

_TOO_MANY = (
    b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s"
)


def _refusal(status: bytes, text: bytes) -> bytes:
    return _TOO_MANY % (status, len(text), text)


FULL = _refusal(
    b"503 Service Unavailable", b"Too many connections at the moment. Please try again shortly.\n"
)
FULL_FOR_ADDRESS = _refusal(
    b"429 Too Many Requests", b"Too many connections from your address. Please close some.\n"
)


class Server:
    """Holds the connections of one worker. A reload swaps `config`, between two requests."""

    def __init__(
        self, config: Config, gate: Gate, loop: asyncio.AbstractEventLoop, certificates: Certificates
    ) -> None:
        self.config = config
        self.certificates = certificates
        self.waiting = Waiting(config.limits.max_handshakes, config.limits.handshakes_per_address)
        self.gate = gate
        self.loop = loop
        self.trust = Trust(config.trusted_proxies, config.client_address_header)
        self.parser = RequestParser(config.limits.max_headers)
        self.draining = False
        self.refused = 0
        self._connections: set[Downstream] = set()
        self._per_address: dict[str, int] = {}
        self._listeners: list[asyncio.Server | Door] = []
        self._empty = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    async def listen(self, sockets: Iterable[tuple[Listener, socket]]) -> None:
        """Accept on sockets that are bound already."""
        for listener, bound in sockets:
            self._listeners.append(await self._listen(listener, bound))

    async def _listen(self, listener: Listener, bound: socket) -> asyncio.Server | Door:
        if listener.tls:
            return Door(self, listener, bound)
        return await self.loop.create_server(
            lambda: Downstream(self, "http", proxy_protocol=listener.proxy_protocol),
            sock=bound,
            backlog=BACKLOG,
        )

    def forget_senders(self) -> None:
        """Remember no fields and no addresses of earlier requests; the next ones cost some 50 µs more."""
        for parser in {self.parser, *(connection.parser for connection in self._connections)}:
            parser.forget()
        self.trust.forget()
        self.gate.ledger.reload(self.config)

    def reload(self, config: Config) -> None:
        """Take over a new configuration; requests that began under the old one end under it."""
        self.config = config
        self.trust.forget()
        self.trust = Trust(config.trusted_proxies, config.client_address_header)
        self.parser = RequestParser(config.limits.max_headers)
        for connection in self._connections:  # what a parser remembers holds on to the old configuration
            connection.parser = self.parser
        self.gate.reload(config)
        limits = config.limits
        self.waiting.most, self.waiting.most_of_one = limits.max_handshakes, limits.handshakes_per_address

    def admit(self, connection: Downstream) -> bytes | None:
        """Count a connection in; the answer to send where there are too many."""
        limits = self.config.limits
        if len(self._connections) >= limits.max_connections:
            self.refused += 1
            return FULL
        count = self._per_address.get(connection.peer, 0)
        if count >= limits.connections_per_address and not connection.trusted:
            self.refused += 1
            return FULL_FOR_ADDRESS
        self._per_address[connection.peer] = count + 1
        connection.counted_as = connection.peer
        self._connections.add(connection)
        return None

    def forget(self, connection: Downstream) -> None:
        """Count a connection out."""
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        left = self._per_address.get(connection.counted_as, 1) - 1
        if left > 0:
            self._per_address[connection.counted_as] = left
        else:
            self._per_address.pop(connection.counted_as, None)
        if not self._connections:
            self._empty.set()

    async def tick_forever(self) -> None:
        """Cut what waits for too long, four times a second."""
        while True:
            await asyncio.sleep(TICK_S)
            now = self.loop.time()
            for number, connection in enumerate(tuple(self._connections), 1):
                connection.tick(now)
                if number % TICK_SLICE == 0:
                    await asyncio.sleep(0)
            for guest in self.waiting.overdue(now - self.config.limits.handshake_timeout_s):
                guest.cut(Outcome.LATE)
            self.gate.tidy(now)

    async def drain(self) -> None:
        """Stop accepting, let requests in flight end within the limit, then cut the rest."""
        self.draining = True
        for listener in self._listeners:
            listener.close()
        self.gate.services.tarpit.end_all()
        now = self.loop.time()
        for connection in tuple(self._connections):
            connection.tick(now)
        if self._connections:
            self._empty.clear()
            try:
                async with asyncio.timeout(self.config.limits.drain_timeout_s):
                    await self._empty.wait()
            except TimeoutError:
                for connection in tuple(self._connections):
                    connection.transport.abort()
                for guest in self.waiting.everybody():
                    guest.cut(Outcome.LATE)
                await asyncio.sleep(0)
