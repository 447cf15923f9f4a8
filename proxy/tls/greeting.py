"""One connection from its acceptance to the end of its handshake. The hello is peeked at, not taken."""

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from proxy.faults import ClientFault
from proxy.proxy_protocol import read_proxy_header
from proxy.tls.records import HelloTooLarge, NotTls, hello_in
from proxy.tls.waiting import Outcome
from proxy.tls.wrong_port import is_http

if TYPE_CHECKING:  # a door owns its greetings
    from proxy.tls.door import Door

PEEK = 4096
PEEKING = socket.MSG_PEEK | socket.MSG_DONTWAIT
EAGER_LOOKS = 16  # after so many, the socket is looked at by the clock: nobody makes us look at each byte
PAUSES_S = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.25)
ENDED = frozenset((7, 8))  # tcp_states.h: TCP_CLOSE, TCP_CLOSE_WAIT


class Greeting:
    """Looks at what has arrived, without taking it, until the whole hello is there.

    What was looked at stays in the kernel, so the socket would be ready at once again: SO_RCVLOWAT
    (socket(7)) makes it ready only when enough is there for the next step.
    """

    __slots__ = (
        "_awaits_proxy_header",
        "_door",
        "_looks",
        "_mark",
        "_reading",
        "_seen",
        "_timer",
        "address",
        "ended",
        "since",
        "sock",
        "task",
    )

    def __init__(
        self, door: "Door", sock: socket.socket, address: str, since: float, *, proxy_header: bool
    ) -> None:
        self.sock = sock
        self.address = address
        self.since = since
        self.task: asyncio.Task[Any] | None = None
        self.ended = False
        self._door = door
        self._awaits_proxy_header = proxy_header
        self._looks = 0
        self._seen = 0
        self._mark = 1
        self._reading = False
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look at what is there; go on, wait for more, or end it."""
        try:
            data = self.sock.recv(max(PEEK, self._mark), PEEKING)
            if not data:
                self.cut(Outcome.LEFT)
            elif self._awaits_proxy_header:
                self._read_proxy_header(data)
            else:
                self._read_hello(data)
        except (BlockingIOError, InterruptedError):
            self._wait(1, 0)
        except ClientFault:
            self.cut(Outcome.UNREADABLE)
        except OSError:
            self.cut(Outcome.LEFT)

    def _read_proxy_header(self, data: bytes) -> None:
        found = read_proxy_header(data)
        if found is None:
            self._wait(len(data) + 1, len(data))
            return
        used, address = found
        self.sock.recv(used, socket.MSG_DONTWAIT)
        self._awaits_proxy_header = False
        self._looks = self._seen = 0
        if address is not None:
            self._door.names(self, address)
        if not self.ended:
            self.look()

    def _read_hello(self, data: bytes) -> None:
        try:
            found = hello_in(data)
        except HelloTooLarge:
            self.cut(Outcome.TOO_LARGE)
        except NotTls:
            self._read_other(data)
        else:
            if isinstance(found, int):
                self._wait(found, len(data))
            else:
                if self._looks:
                    self._stop_looking()
                self._door.greeted(self, found)

    def _read_other(self, data: bytes) -> None:
        plain = is_http(data)
        if plain is None:
            self._wait(len(data) + 1, len(data))
        elif plain:
            self._stop_looking()
            self._door.misled(self)
        else:
            self.cut(Outcome.UNREADABLE)

    def _wait(self, needed: int, have: int) -> None:
        """Look again when `needed` bytes are there, of which there are `have` now."""
        self._looks += 1
        idle = have > 0 and have == self._seen  # woken for nothing: the client has left, or memory is short
        self._seen = have
        if idle and self._has_left():
            self.cut(Outcome.LEFT)
        elif idle or self._looks > EAGER_LOOKS:
            self._watch(reading=False)
            pause = PAUSES_S[min(max(self._looks - EAGER_LOOKS, 0), len(PAUSES_S) - 1)]
            self._timer = self._door.loop.call_later(pause, self.look)
        else:
            if needed != self._mark:
                self._mark = needed
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, needed)
            self._watch(reading=True)

    def _has_left(self) -> bool:
        """Whether the client has closed its side: what is missing will never come."""
        return self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in ENDED

    def _watch(self, *, reading: bool) -> None:
        if reading is self._reading:
            return
        self._reading = reading
        if reading:
            self._door.loop.add_reader(self.sock, self.look)
        else:
            self._door.loop.remove_reader(self.sock)

    def _stop_looking(self) -> None:
        self._watch(reading=False)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._mark != 1:
            self._mark = 1
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def cut(self, outcome: Outcome) -> None:
        """Close it, wherever it stands."""
        if self.ended:
            return
        self.ended = True
        if self.task is not None:
            self.task.cancel()
            self.task.add_done_callback(lambda _: self.sock.close())  # it may not have begun
        else:
            self._watch(reading=False)
            if self._timer is not None:
                self._timer.cancel()
            self.sock.close()
        self._door.gone(self, outcome)
