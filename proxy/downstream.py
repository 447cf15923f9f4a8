"""One client connection: finds requests in its bytes, answers them in order, and never waits for ever."""

import asyncio
from time import perf_counter_ns
from typing import TYPE_CHECKING

from detectors.request import Tls
from proxy.client_address import peer_of
from proxy.exchange import Exchange
from proxy.faults import ClientFault, UpstreamFault
from proxy.http1.chunked import BadChunk, ChunkedBody
from proxy.http1.head_limits import check_size, empty_lines
from proxy.http1.request_head import RequestHead
from proxy.proxy_protocol import read_proxy_header

if TYPE_CHECKING:  # a server owns its connections
    from proxy.server import Server

MAX_PIPELINED = 64 * 1024
MAX_LINGER_BYTES = 1024 * 1024
LINGER_S = 2.0  # nginx's lingering_close waits up to 5 s between reads; a refused client gets less
TUNNEL_IDLE_S = 3600.0


class Downstream(asyncio.Protocol):
    """Reads heads and bodies; judgement and forwarding belong to the Exchange that it starts.

    A TLS listener sets `peer` and `tls` before the connection is made, as far as it knows them.
    """

    __slots__ = (
        "_advancing",
        "_awaiting_proxy_header",
        "_body_left",
        "_body_since",
        "_buffer",
        "_chunks",
        "_closing_since",
        "_lingered",
        "_lingering_since",
        "_paused_for",
        "_stalled_bytes",
        "_stalled_since",
        "_tunnel",
        "counted_as",
        "exchange",
        "loop",
        "now",
        "parser",
        "peer",
        "scheme",
        "sent_by",
        "server",
        "since",
        "tls",
        "transport",
        "trusted",
    )

    transport: asyncio.Transport

    def __init__(self, server: "Server", scheme: str, *, proxy_protocol: bool = False) -> None:
        self.server = server
        self.loop = server.loop
        self.now = server.loop.time
        self.scheme = scheme
        self.peer = ""
        self.sent_by = ""
        self.counted_as = ""
        self.trusted = False
        self.tls: Tls | None = None
        self.exchange: Exchange | None = None
        self.since = 0.0
        self.parser = server.parser
        self._buffer = b""
        self._chunks: ChunkedBody | None = None
        self._body_left = 0
        self._body_since = 0.0
        self._advancing = False
        self._awaiting_proxy_header = proxy_protocol
        self._tunnel = False
        self._paused_for = 0
        self._lingering_since = 0.0
        self._lingered = 0
        self._closing_since = 0.0
        self._stalled_since = 0.0
        self._stalled_bytes = 0

    # the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.since = self.now()
        peername = transport.get_extra_info("peername")
        self._is_from(self.peer or peer_of(str(peername[0]) if peername else ""))
        self._awaiting_proxy_header = self._awaiting_proxy_header and self.trusted
        tls, ours = self.tls, transport.get_extra_info("ssl_object")
        if tls is not None and ours is not None:
            if self.trusted:  # a front's own hello, which says nothing about the client behind it
                tls = Tls("", tls.server_name, "")
            self.tls = Tls(ours.version() or "", tls.server_name, tls.ja4, tls.grease)
            self.sent_by += tls.ja4
        refusal = self.server.admit(self)
        if refusal is not None:
            self.transport.write(refusal)
            self.transport.close()

    def _is_from(self, address: str) -> None:
        self.peer = address
        self.sent_by = f"{self.scheme}:{self.peer}:"
        self.trusted = self.server.trust.covers(self.peer)

    @property
    def draining(self) -> bool:
        """True while the worker finishes what is in flight."""
        return self.server.draining

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        self.server.forget(self)
        self._buffer = b""
        if self.exchange is not None:
            self.exchange.cancel()

    def eof_received(self) -> bool:
        return False  # as nginx does: a client that closes its side has left

    # bytes in

    def data_received(self, data: bytes) -> None:
        if self._tunnel:
            self._pass_tunnel(data)
        elif self._lingering_since:
            self._lingered += len(data)
            if self._lingered > MAX_LINGER_BYTES:
                self.transport.abort()
        else:
            if self._buffer:
                self._buffer += data
            else:
                self._buffer = data
                if self.exchange is None:
                    self.since = self.now()
            self._advance()

    def _advance(self) -> None:
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._buffer and not self._lingering_since and not self._tunnel and self._step():
                pass
        finally:
            self._advancing = False

    def _step(self) -> bool:
        """Use some of the buffer; False where more bytes, or the end of an answer, must come first."""
        if self.exchange is None:
            if self._stalled_since:  # who does not read its answers gets no more of them
                self.pause_body()
                return False
            return self._take_head()
        if self.exchange.tarpit is not None:  # nothing more is read of who is held
            self._buffer = b""
            self.pause_body()
            return False
        if self._body_left or self._chunks is not None:
            self._take_body(self.exchange)
            return True
        if len(self._buffer) > MAX_PIPELINED:
            self.pause_body()
        return False

    def _take_head(self) -> bool:
        if self._awaiting_proxy_header and not self._take_proxy_header():
            return False
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n")
        try:
            if buffer[:1] in b"\r\n":
                empty = empty_lines(buffer)
                self._buffer = buffer[empty:]
                return empty > 0
            limits = self.server.config.limits
            if not (0 <= end <= limits.max_line_bytes and end <= limits.max_head_bytes):
                check_size(buffer, end, limits)
                if end < 0:
                    return False
            head = self.parser.parse(buffer[: end + 4])
        except ClientFault as fault:
            self._refuse(fault)
            return False
        self._buffer = buffer[end + 4 :]
        self._begin(head)
        return True

    def _take_proxy_header(self) -> bool:
        try:
            found = read_proxy_header(self._buffer)
        except ClientFault as fault:
            self._refuse(fault)
            return False
        if found is None:
            return False
        used, address = found
        if address is not None:
            self._is_from(address)
        self._awaiting_proxy_header = False
        self._buffer = self._buffer[used:]
        return bool(self._buffer)

    def _begin(self, head: RequestHead) -> None:
        exchange = self.exchange = Exchange(self, self.server.gate, head, perf_counter_ns())
        exchange.since = self.now()
        if not exchange.request_ended:
            if head.length is None:
                self._chunks = ChunkedBody()
            else:
                self._body_left = head.length
            self._body_since = self.now()
        self.server.gate.receive(exchange)

    def _take_body(self, exchange: Exchange) -> None:
        data, self._buffer = self._buffer, b""
        self._body_since = exchange.since = self.now()
        if self._chunks is None:
            left = self._body_left - len(data)
            if left < 0:
                self._buffer = data[left:]
                data = data[:left]
            self._body_left = max(left, 0)
            exchange.request_body([data], [], ended=left <= 0)
            return
        chunks = self._chunks
        try:
            payload, stop = chunks.scan(data)
        except BadChunk as error:
            self._break_off(exchange, ClientFault(400, "bad request", str(error)))
            return
        if stop >= 0:
            self._buffer = data[stop:]
            self._chunks = None
        if exchange.site is not None and 0 <= (exchange.site.max_body_bytes or chunks.size) < chunks.size:
            self._break_off(exchange, ClientFault(413, "request body too large"))
            return
        exchange.request_body(payload, chunks.trailers, ended=stop >= 0)

    def _refuse(self, fault: ClientFault) -> None:
        exchange = Exchange(self, self.server.gate, None, perf_counter_ns())
        self.exchange = exchange
        self._buffer = b""
        self.server.gate.refuse(exchange, fault)

    def _break_off(self, exchange: Exchange, fault: ClientFault) -> None:
        """The body broke a rule: refuse while nothing was answered yet, else cut."""
        exchange.keep_alive = False
        self._buffer = b""
        if exchange.status or exchange.ended:
            self.transport.abort()
        else:
            exchange.abandon_upstream()
            self.server.gate.refuse(exchange, fault)

    def _pass_tunnel(self, data: bytes) -> None:
        exchange = self.exchange
        if exchange is not None and exchange.upstream is not None:
            exchange.since = self.now()
            exchange.upstream.transport.write(data)

    # bytes out

    def write(self, data: bytes) -> None:
        """Send to the client; nothing happens where it has left."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def start_tunnel(self) -> None:
        """From now on bytes pass through both ways, unread."""
        self._tunnel = True
        data, self._buffer = self._buffer, b""
        if data:
            self._pass_tunnel(data)

    def exchange_ended(self, exchange: Exchange, *, broken: bool) -> None:
        """Go on with the next request, or close in the way that lets the client read its answer."""
        self.exchange = None
        self.since = self.now()
        if self.transport.is_closing():
            return
        if broken:
            self.transport.abort()  # a plain close would look like a proper end to an HTTP/1.0 client
        elif exchange.tunnel:
            self.transport.close()
        elif not exchange.keep_alive:
            self._linger(reads_on=exchange.head is None or not exchange.request_ended or self._paused_for > 0)
        else:
            if self._paused_for:
                self.resume_body()
            if self._buffer:
                self._advance()

    def _linger(self, *, reads_on: bool) -> None:
        """Close; where the client may still be sending, read on a moment: a reset would eat our answer."""
        self._buffer, self._body_left, self._chunks = b"", 0, None
        if not reads_on or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._lingering_since = self.now()
        self.transport.write_eof()
        if self._paused_for:
            self.resume_body()

    # backpressure

    def pause_body(self) -> None:
        """Stop reading from the client until `resume_body`."""
        if not self._paused_for and not self.transport.is_closing():
            self._paused_for = 1
            self.transport.pause_reading()

    def resume_body(self) -> None:
        """Read from the client again."""
        if self._paused_for and not self.transport.is_closing():
            self._paused_for = 0
            self._body_since = self.now()
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        self._stalled_since = self.now()
        self._stalled_bytes = self.transport.get_write_buffer_size()
        if self.exchange is not None and self.exchange.upstream is not None:
            self.exchange.upstream.pause()

    def resume_writing(self) -> None:
        self._stalled_since = 0.0
        if self.exchange is None:
            self.resume_body()
            self._advance()
        elif self.exchange.upstream is not None:
            self.exchange.since = self.now()
            self.exchange.upstream.resume()

    @property
    def stalled(self) -> bool:
        """True while the client reads slower than we answer."""
        return self._stalled_since > 0.0

    # time

    def tick(self, now: float) -> None:
        """Called about four times a second: cut what waits for too long."""
        limits = self.server.config.limits
        if self.transport.is_closing():
            self._tick_closing(now, limits.write_stall_timeout_s)
        elif self._lingering_since:
            if now - self._lingering_since > LINGER_S:
                self.transport.abort()
        elif self._stalled_since:
            self._tick_stalled(now, limits.write_stall_timeout_s)
        elif self.exchange is not None:
            self._tick_exchange(self.exchange, now)
        elif self._buffer:
            if now - self.since > limits.head_timeout_s:
                self._refuse(ClientFault(408, "request timed out", "head not complete in time"))
        elif now - self.since > limits.keep_alive_timeout_s or self.draining:
            self.transport.close()

    def _tick_closing(self, now: float, timeout_s: float) -> None:
        """A close waits for the last bytes to be read; a client that never reads them is cut."""
        self._closing_since = self._closing_since or now
        if now - self._closing_since > timeout_s:
            self.transport.abort()

    def _tick_stalled(self, now: float, timeout_s: float) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting != self._stalled_bytes:
            self._stalled_bytes = waiting
            self._stalled_since = now
        elif now - self._stalled_since > timeout_s:
            self.transport.abort()

    def _tick_exchange(self, exchange: Exchange, now: float) -> None:
        waits = self.server.config.upstream_limits
        quiet = now - exchange.since
        if exchange.tarpit is not None:
            pass  # it has a clock of its own
        elif not exchange.request_ended and not self._paused_for:
            if now - self._body_since > self.server.config.limits.body_idle_timeout_s:
                self._break_off(exchange, ClientFault(408, "request timed out", "body stopped coming"))
        elif exchange.tunnel:
            if quiet > TUNNEL_IDLE_S:
                self.transport.abort()
        elif exchange.upstream is None:
            if quiet > waits.connect_timeout_s + waits.first_byte_timeout_s:
                exchange.fail(UpstreamFault(504, "nothing came of the request"))
        elif exchange.status:
            if quiet > waits.idle_timeout_s:
                self.transport.abort()
        elif quiet > waits.first_byte_timeout_s:
            exchange.fail(UpstreamFault(504, "no answer in time"))
