"""One connection to a storefront: sends one request at a time, reads one answer at a time."""

import asyncio
from enum import Enum
from typing import Protocol

from proxy.faults import UpstreamFault
from proxy.http1.chunked import BadChunk, ChunkedBody
from proxy.http1.response_head import ResponseHead, parse_response_head

MAX_ANSWER_HEAD = 64 * 1024  # large cookies and CSP fields exist; nginx's default buffers are 32 KB in all


class Receiver(Protocol):
    """Who is told what the storefront answers."""

    def answer_informational(self, head: ResponseHead) -> None:
        """A 1xx other than 101."""

    def answer_switched(self, head: ResponseHead, rest: bytes) -> None:
        """101: from now on bytes belong to another protocol."""

    def answer_started(self, head: ResponseHead, payload: list[bytes], ended: bool) -> None:
        """The final head, with what came of the body in the same read."""

    def answer_body(self, payload: list[bytes], ended: bool) -> None:
        """More of the body."""

    def answer_failed(self, fault: UpstreamFault, *, nothing_came: bool) -> None:
        """The connection is of no more use."""

    def pause_request(self) -> None:
        """The storefront reads slower than the client sends."""

    def resume_request(self) -> None:
        """It caught up."""


class Owner(Protocol):
    """Where a connection goes back to."""

    def released(self, connection: "UpstreamConnection") -> None:
        """The answer ended; `connection.reusable` says whether another request may follow."""

    def lost(self, connection: "UpstreamConnection") -> None:
        """The connection closed."""


class _State(Enum):
    IDLE = 0
    HEAD = 1
    SIZED = 2
    CHUNKED = 3
    UNTIL_CLOSE = 4
    TUNNEL = 5
    CLOSED = 6


# Reading a member off its class costs 70 ns, a name of this file 5: the hot paths of Stile do the latter.
_IDLE, _HEAD, _SIZED, _CHUNKED, _UNTIL_CLOSE, _TUNNEL, _CLOSED = _State


class UpstreamConnection(asyncio.Protocol):
    """An asyncio protocol without any judgement: framing only."""

    __slots__ = (
        "_buffer",
        "_chunks",
        "_left",
        "_method",
        "_paused",
        "_state",
        "exchanges",
        "in_use",
        "last_used",
        "owner",
        "receiver",
        "reusable",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.receiver: Receiver | None = None
        self._state = _IDLE
        self._buffer = b""
        self._method = ""
        self._left = 0
        self._paused = False
        self._chunks: ChunkedBody | None = None
        self.reusable = False
        self.exchanges = 0
        self.in_use = True
        self.last_used = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    @property
    def closed(self) -> bool:
        """True once nothing can be sent any more."""
        return self._state is _CLOSED or self.transport.is_closing()

    @property
    def fresh(self) -> bool:
        """True while the first request is on it, so that a failure cannot be blamed on keep-alive."""
        return self.exchanges <= 1

    def send(self, receiver: Receiver, method: str, data: bytes) -> None:
        """Start a request; its body follows through `transport.write`."""
        self.receiver = receiver
        self._method = method
        self._state = _HEAD
        self.exchanges += 1
        self.transport.write(data)

    def pause(self) -> None:
        """Read no more until `resume`: the client is slower than the storefront."""
        if not self._paused and not self.closed:
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._paused:
            self._paused = False
            if not self.closed:
                self.transport.resume_reading()

    def abort(self) -> None:
        """Drop the connection and tell nobody: the request is cancelled."""
        self.receiver = None
        self.reusable = False
        self._state = _CLOSED
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        state = self._state
        receiver = self.receiver
        if receiver is None:
            self.abort()  # bytes that nobody asked for: an answer to nothing cannot be trusted
        elif state is _HEAD:
            self._read_head(receiver, self._buffer + data if self._buffer else data)
        elif state is _SIZED:
            self._pass_sized(receiver, data)
        elif state is _CHUNKED:
            self._pass_chunks(receiver, data)
        elif state is _IDLE:
            self.reusable = False  # more than one answer to one request
        else:
            receiver.answer_body([data], False)

    def _pass_sized(self, receiver: Receiver, data: bytes) -> None:
        left = self._left - len(data)
        if left > 0:
            self._left = left
            receiver.answer_body([data], False)
            return
        if left < 0:
            self.reusable = False
            data = data[:left]
        self._end()
        receiver.answer_body([data], True)

    def _pass_chunks(self, receiver: Receiver, data: bytes) -> None:
        payload, stop = self._scan(receiver, data)
        if payload is None:
            return
        if stop >= 0:
            self._end()
        receiver.answer_body(payload, stop >= 0)

    def _scan(self, receiver: Receiver, data: bytes) -> tuple[list[bytes] | None, int]:
        assert self._chunks is not None  # noqa: S101  set together with the state
        try:
            payload, stop = self._chunks.scan(data)
        except BadChunk as error:
            self._fail(receiver, UpstreamFault(502, str(error)), nothing_came=False)
            return None, -1
        if 0 <= stop < len(data):
            self.reusable = False
        return payload, stop

    def _read_head(self, receiver: Receiver, data: bytes) -> None:
        end = data.find(b"\r\n\r\n")
        if not 0 <= end <= MAX_ANSWER_HEAD:
            self._buffer = data
            if end >= 0 or len(data) > MAX_ANSWER_HEAD or data.count(b"\n") != data.count(b"\r\n"):
                fault = UpstreamFault(502, "malformed or oversized answer head")
                self._fail(receiver, fault, nothing_came=False)
            return
        self._buffer = b""
        try:
            head = parse_response_head(self._method, data[: end + 4])
        except UpstreamFault as fault:
            self._fail(receiver, fault, nothing_came=False)
            return
        rest = data[end + 4 :]
        if head.status < 200:
            self._informational(receiver, head, rest)
        else:
            self._final(receiver, head, rest)

    def _informational(self, receiver: Receiver, head: ResponseHead, rest: bytes) -> None:
        if head.status == 101:
            self._state = _TUNNEL
            receiver.answer_switched(head, rest)
            return
        receiver.answer_informational(head)
        if rest and self.receiver is receiver:
            self._read_head(receiver, rest)

    def _final(self, receiver: Receiver, head: ResponseHead, rest: bytes) -> None:
        self.reusable = head.keep_alive
        length = head.length
        payload = [rest] if rest else []
        if length is None:
            self._state = _UNTIL_CLOSE
            self.reusable = False
            receiver.answer_started(head, payload, False)
        elif length < 0:
            self._state = _CHUNKED
            self._chunks = ChunkedBody()
            scanned, stop = self._scan(receiver, rest)
            if scanned is not None:
                if stop >= 0:
                    self._end()
                receiver.answer_started(head, scanned, stop >= 0)
        elif length > len(rest):
            self._state = _SIZED
            self._left = length - len(rest)
            receiver.answer_started(head, payload, False)
        else:
            if length < len(rest):
                self.reusable = False
                payload = [rest[:length]] if length else []
            self._end()
            receiver.answer_started(head, payload, True)

    def trailers(self) -> list[bytes]:
        """Trailer lines of the chunked body that just ended."""
        return self._chunks.trailers if self._chunks is not None else []

    def _end(self) -> None:
        """The answer ended: the receiver releases the connection when its own side is done."""
        self._state = _IDLE

    def release(self, now: float) -> None:
        """Give the connection back after an answer that ended."""
        self.receiver = None
        self.last_used = now
        if self._paused:  # the last bytes may have come while the client was slow
            self.resume()
        self._chunks = None
        if self._state is not _IDLE:
            self.reusable = False
        self.owner.released(self)

    def _fail(self, receiver: Receiver, fault: UpstreamFault, *, nothing_came: bool) -> None:
        self.abort()
        receiver.answer_failed(fault, nothing_came=nothing_came)

    def connection_lost(self, exc: Exception | None) -> None:
        receiver, state, empty = self.receiver, self._state, not self._buffer
        self._state = _CLOSED
        self.receiver = None
        self.reusable = False
        self.owner.lost(self)
        if receiver is None:
            return
        if state is _UNTIL_CLOSE and exc is None:
            receiver.answer_body([], True)
        elif state is not _IDLE:
            reason = f"connection lost: {exc}" if exc else "connection closed early"
            receiver.answer_failed(UpstreamFault(502, reason), nothing_came=state is _HEAD and empty)

    def pause_writing(self) -> None:
        if self.receiver is not None:
            self.receiver.pause_request()

    def resume_writing(self) -> None:
        if self.receiver is not None:
            self.receiver.resume_request()
