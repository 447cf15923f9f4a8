"""One request on its way: what arrived, what was decided, what went back. It ends exactly once."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from config.decision import Decision
from config.settings import Site
from detectors.request import Request
from detectors.visit import Visit
from proxy.collector import Collector, Use
from proxy.events.outcome import ChallengeOutcome
from proxy.faults import ClientFault, UpstreamFault
from proxy.http1.chunked import as_chunks
from proxy.http1.request_head import RequestHead
from proxy.http1.response_head import ResponseHead, status_line
from proxy.pool import Origin, Pool
from proxy.robots.trap_link import BadPageError, LinkedPage, linked_head
from proxy.sender import Sender
from proxy.tarpit import Tarpit
from proxy.upstream import UpstreamConnection

if TYPE_CHECKING:  # the two ends of a connection know each other
    from proxy.downstream import Downstream
    from proxy.gate import Gate

REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS"))  # RFC 9110 section 9.2.2, less those that carry bodies
LAST_CHUNK = b"0\r\n\r\n"


class Exchange:
    """Carries one request to a storefront and its answer back, or answers by itself.

    `status` is 0 until an answer was begun. `sent` counts the answer's body bytes. `account` is whom the
    answer named, hashed: empty for nobody, None where it did not say.
    """

    # Defaults stand on the class: a request that goes straight through sets few of them.
    request: Request | None = None
    site: Site | None = None
    sender: Sender | None = None
    visit: Visit | None = None
    decision: Decision | None = None
    challenge: ChallengeOutcome | None = None
    account: str | None = None
    link = b""
    page: LinkedPage | None = None
    tarpit: Tarpit | None = None  # in which it is held
    faults: tuple[str, ...] = ()
    refused = ""
    status = 0
    sent = 0
    waiting = 0
    ended = False
    tunnel = False
    turned = False  # its answer showed that it was for a page, which nothing else did
    judge_ns = 0
    state_ns = 0
    upstream_ns = 0
    forwarded_ns = 0
    since = 0.0
    started_s = 0.0
    id = ""
    pool: Pool | None = None
    origin: Origin | None = None
    upstream: UpstreamConnection | None = None
    _upstream_head = b""
    _connecting: asyncio.Task[None] | None = None
    _task: asyncio.Task[None] | None = None
    _held: tuple[bytes, ...] = ()
    _held_trailers: list[bytes]
    _collector: Collector | None = None
    _chunked_out = False
    _retried = False
    _tried: frozenset[str] = frozenset()

    def __init__(
        self, downstream: "Downstream", gate: "Gate", head: RequestHead | None, started_ns: int
    ) -> None:
        self.downstream = downstream
        self.gate = gate
        self.head = head
        self.started_ns = started_ns
        self.keep_alive = head is not None and head.block.keep_alive
        self.request_ended = head is None or head.block.length == 0

    # the way out: to the storefront

    def forward(self, pool: Pool, head: bytes) -> None:
        """Send the request, whose rebuilt head is `head`, to one of the pool's storefronts."""
        self.pool = pool
        self._upstream_head = head
        self.forwarded_ns = perf_counter_ns()
        self._dispatch(pool, reuse=True)

    def _dispatch(self, pool: Pool, *, reuse: bool) -> None:
        now = self.downstream.now()
        self.since = now
        origin = pool.choose(now, self._tried)
        if origin is None:
            self.fail(UpstreamFault(502, "no storefront left to try"))
            return
        self.origin = origin
        connection = origin.take_idle() if reuse else None
        if connection is not None:
            self._start(connection)
            return
        self.downstream.pause_body()
        self._connecting = self.downstream.loop.create_task(self._connect(pool, origin))

    async def _connect(self, pool: Pool, origin: Origin) -> None:
        try:
            connection = await pool.open(origin)
        except UpstreamFault as fault:
            self._connecting = None
            pool.failed(origin, self.downstream.now(), fault.private)
            self._tried |= {origin.name}
            if len(self._tried) < len(pool.origins):
                self._dispatch(pool, reuse=True)
            else:
                self.fail(fault)
            return
        except Exception as error:  # noqa: BLE001  whatever it is, this request must end
            self._connecting = None
            self.fail(UpstreamFault(502, f"{origin.name}: {type(error).__name__}: {error}"))
            return
        self._connecting = None
        self._start(connection)

    def _start(self, connection: UpstreamConnection) -> None:
        self.upstream = connection
        self.downstream.resume_body()  # before the first byte, which may pause the client again
        head = self.head
        assert head is not None  # noqa: S101  only a parsed request is forwarded
        data = self._upstream_head
        if self._held or (head.length is None and self.request_ended):
            data += self._framed_request(list(self._held), self._held_trailers, ended=self.request_ended)
            self._held = ()
        connection.send(self, head.method, data)

    def _framed_request(self, payload: list[bytes], trailers: list[bytes], *, ended: bool) -> bytes:
        """The body as it goes on: a chunked one is framed anew, without extensions."""
        if self.head is not None and self.head.length is None:
            data = as_chunks([piece for piece in payload if piece])
            return data + b"".join([b"0\r\n", *trailers, b"\r\n"]) if ended else data
        return payload[0] if len(payload) == 1 else b"".join(payload)

    def request_body(self, payload: list[bytes], trailers: list[bytes], *, ended: bool) -> None:
        """More of the request's body: passed on, or held until it is known where it goes."""
        self.request_ended = ended
        if self.ended or (self.status and self.upstream is None):
            return
        if self.upstream is not None:
            if not self.upstream.closed:
                self.upstream.transport.write(self._framed_request(payload, trailers, ended=ended))
            return
        self._held = (b"".join((*self._held, *payload)),)  # one piece: a body can come byte by byte
        self._held_trailers = trailers
        if self._collector is not None:
            self._collect_more(self._collector)
        else:
            self.downstream.pause_body()

    def collect(self, limit: int, done: Use, beyond: Use | None = None) -> None:
        """Keep the body for ourselves; without `beyond`, more than `limit` bytes are answered with 413."""
        self._collector = Collector(limit, done, beyond or self._too_large)
        waits = self.head is not None and self.head.block.expects_continue and not self._held
        if waits and not self.request_ended:
            self.downstream.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.downstream.resume_body()
        self._collect_more(self._collector)

    def _collect_more(self, collector: Collector) -> None:
        step = collector.step(self._held, ended=self.request_ended)
        if step is not None:
            self._collector = None
            self.gate.go_on(self, step)

    def _too_large(self, _: bytes) -> None:
        self.gate.refuse(self, ClientFault(413, "request body too large"))

    def replace_body(self, body: bytes) -> None:
        """Send this in place of a body that was collected whole."""
        self._held = (body,)

    def pause_request(self) -> None:
        self.downstream.pause_body()

    def resume_request(self) -> None:
        self.downstream.resume_body()

    # the way back: to the client

    def answer_informational(self, head: ResponseHead) -> None:
        self.since = self.downstream.now()
        if self.head is not None and self.head.http_version == "1.1":
            lines = self.gate.passed_on(self, head)
            self.downstream.write(b"".join([status_line(head.status), lines, b"\r\n"]))

    def answer_switched(self, head: ResponseHead, rest: bytes) -> None:
        request = self.head
        if request is None or not request.websocket:
            self.abandon_upstream()
            self.fail(UpstreamFault(502, "storefront switched protocols unasked"))
            return
        self.status = 101
        self.tunnel = True
        self.keep_alive = False
        lines = [
            status_line(101),
            self.gate.passed_on(self, head),
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
            b"\r\n",
            rest,
        ]
        self.downstream.write(b"".join(lines))
        self.downstream.start_tunnel()

    def answer_started(self, head: ResponseHead, payload: list[bytes], ended: bool) -> None:
        self.status = head.status
        self.upstream_ns = perf_counter_ns() - self.forwarded_ns
        self.since = self.downstream.now()
        if self.link:
            head = self._linked(head)
        if self.page is not None and not self._put_link(self.page, payload, ended):
            return
        framing, added = self._framing(head), self.gate.answer_lines(self, head)
        lines = [status_line(head.status), self.gate.passed_on(self, head), framing, added, b"\r\n"]
        if payload:
            lines.append(self._framed(payload))
        if ended and self._chunked_out:
            lines.append(self._end_mark())
        self.downstream.write(b"".join(lines))
        if ended:
            self._answer_ended()
        elif self.downstream.stalled and self.upstream is not None:
            self.upstream.pause()

    def _linked(self, head: ResponseHead) -> ResponseHead:
        """The head of an answer that may get a hidden link."""
        linked = linked_head(head)
        if linked is None:
            return head
        if linked.status == 200 and self.head is not None and self.head.method != "HEAD":
            self.page = LinkedPage(head, self.link)
            linked = replace(linked, length=-1)
        return linked

    def _put_link(self, page: LinkedPage, payload: list[bytes], ended: bool) -> bool:
        """Pass `payload` through `page`, in place; False where that ended the exchange."""
        try:
            payload[:] = page.feed(payload, ended=ended)
        except BadPageError as error:
            self.abandon_upstream()
            self.faults += (f"upstream: {error}",)
            self.end(broken=True)
            return False
        return True

    def _framing(self, head: ResponseHead) -> bytes:
        """The lines that say where the body and where the connection ends."""
        length = head.length
        modern = self.head is not None and self.head.http_version == "1.1"
        lines = b""
        if length is None or length < 0:
            if modern:
                self._chunked_out = True
                lines = b"Transfer-Encoding: chunked\r\n"
            else:
                self.keep_alive = False
        if not self.request_ended or self.downstream.server.draining:
            self.keep_alive = False
        if not self.keep_alive:
            return lines + b"Connection: close\r\n"
        return lines if modern else lines + b"Connection: keep-alive\r\n"

    def _framed(self, payload: list[bytes]) -> bytes:
        for piece in payload:
            self.sent += len(piece)
        if self._chunked_out:
            return as_chunks([piece for piece in payload if piece])
        return payload[0] if len(payload) == 1 else b"".join(payload)

    def _end_mark(self) -> bytes:
        if not self._chunked_out:
            return b""
        trailers = self.upstream.trailers() if self.upstream is not None else []
        return b"0\r\n" + b"".join(trailers) + b"\r\n" if trailers else LAST_CHUNK

    def answer_body(self, payload: list[bytes], ended: bool) -> None:
        self.since = self.downstream.now()
        if self.page is not None and not self._put_link(self.page, payload, ended):
            return
        data = self._framed(payload) if payload else b""
        if ended:
            if self.tunnel:
                self.downstream.write(data)
                self.abandon_upstream()
                self.end()
                return
            data += self._end_mark()
        if data:
            self.downstream.write(data)
        if ended:
            self._answer_ended()

    def _answer_ended(self) -> None:
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            if not self.request_ended:
                upstream.reusable = False
            upstream.release(self.since)
        self.end()

    def answer_failed(self, fault: UpstreamFault, *, nothing_came: bool) -> None:
        upstream, self.upstream = self.upstream, None
        if self.ended or self.pool is None or self.origin is None:
            return
        reused = upstream is not None and not upstream.fresh
        if self.tunnel:
            self.end()
        elif self.status:
            self.faults += (f"upstream: {fault.private}",)
            self.end(broken=True)
        elif nothing_came and reused and not self._retried and self._may_repeat():
            self._retried = True
            self._dispatch(self.pool, reuse=False)
        else:
            if not (nothing_came and reused):
                self.pool.failed(self.origin, self.downstream.now(), fault.private)
            self.fail(fault)

    def _may_repeat(self) -> bool:
        head = self.head
        return head is not None and head.method in REPEATABLE and head.length == 0

    # ends

    def work(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something that has to wait, for this request; a fault of ours in it is answered with 500."""
        self._task = self.downstream.loop.create_task(coroutine)
        self._task.add_done_callback(self._worked)

    def _worked(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            self.gate.own_fault(self, task.exception())

    def reply(self, status: int, lines: list[bytes], body: bytes) -> None:
        """Answer without the storefront. `lines` are header lines with their CRLFs."""
        self.status = status
        head = self.head
        if not self.request_ended or self.downstream.draining:
            self.keep_alive = False
        length = b"" if status == 204 else b"Content-Length: %d\r\n" % len(body)  # RFC 9110 section 8.6
        parts = [status_line(status), *lines, length]
        if not self.keep_alive:
            parts.append(b"Connection: close\r\n")
        elif head is not None and head.http_version == "1.0":
            parts.append(b"Connection: keep-alive\r\n")
        parts.append(b"\r\n")
        if head is None or head.method != "HEAD":
            parts.append(body)
            self.sent = len(body)
        self.downstream.write(b"".join(parts))
        self.end()

    def fail(self, fault: UpstreamFault) -> None:
        """Answer a storefront's failure with our own page."""
        if self.ended:
            return
        self.abandon_upstream()
        self.faults += (f"upstream: {fault.private}",)
        self.gate.upstream_failed(self, fault)

    def cancel(self) -> None:
        """The client left: stop the storefront's work too."""
        self.abandon_upstream()
        self.end()

    def abandon_upstream(self) -> None:
        """Cancel whatever a storefront does for this request."""
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            upstream.abort()

    def end(self, *, broken: bool = False) -> None:
        """The last step: one event, then the connection's next request."""
        if self.ended:
            return
        self.ended = True
        if self.tarpit is not None:
            self.tarpit.release(self)
        self.gate.ended(self)
        self.downstream.exchange_ended(self, broken=broken)
