"""A client that says exactly the bytes it is given, and takes whatever comes back."""

import contextlib
import re
import socket
from dataclasses import dataclass
from typing import Self

from tests.support.strict import (
    BODILESS,
    STATUS_LINE,
    Fields,
    Head,
    NotHttpError,
    only_length,
    read_chunks,
    read_head,
)

DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One final answer. `framing` is how its end was known; `whole` is False where it broke off before."""

    status: int
    start: bytes
    fields: Fields
    body: bytes
    trailers: Fields
    framing: str
    whole: bool
    before: tuple[Head, ...]  # the 1xx answers that came first

    def values(self, name: bytes) -> list[bytes]:
        """Every value of the lower-case `name`, in order."""
        return [content for field, content in self.fields if field.lower() == name]

    @property
    def interim(self) -> tuple[int, ...]:
        """The status codes of the 1xx answers."""
        return tuple(int(head.start[9:12]) for head in self.before)


class Line:
    """One TCP connection. Nothing waits longer than `deadline` seconds; TimeoutError then."""

    def __init__(
        self, port: int, *, host: str = "127.0.0.1", source: str = "", deadline: float = DEADLINE_S
    ) -> None:
        self.deadline = deadline
        self.ahead = b""
        self.ended = False
        self._socket = socket.create_connection(
            (host, port), timeout=deadline, source_address=(source, 0) if source else None
        )
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def address(self) -> str:
        """This end's address and port, as the other end sees it."""
        name = self._socket.getsockname()
        return f"{name[0]}:{name[1]}"

    def send(self, data: bytes) -> None:
        """Send everything at once. A peer that has already closed is not an error here."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(data)

    def drip(self, data: bytes, size: int = 1) -> None:
        """Send pieces of `size` bytes, each in a packet of its own."""
        with contextlib.suppress(ConnectionError):
            for place in range(0, len(data), size):
                self._socket.sendall(data[place : place + size])

    def finish(self) -> None:
        """Say that nothing more comes, and keep listening."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Go away at once."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self._socket.close()

    def more(self) -> bool:
        """Read what there is; False at the end, also where the peer broke off."""
        if self.ended:
            return False
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionError:
            data = b""
        self.ahead += data
        self.ended = not data
        return bool(data)

    def rest(self) -> bytes:
        """Everything until the peer closes."""
        while self.more():
            pass
        data, self.ahead = self.ahead, b""
        return data

    def closes(self) -> bool:
        """True where the peer closes before the deadline without saying anything more."""
        try:
            return self.rest() == b""
        except TimeoutError:
            return False

    def silent(self, seconds: float) -> bool:
        """True where nothing comes and nothing closes for `seconds`."""
        self._socket.settimeout(seconds)
        try:
            self.more()
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(self.deadline)
        return False

    def interim(self) -> Head | None:
        """The next head, whatever it is."""
        while (head := read_head(self.ahead, STATUS_LINE)) is None:
            if not self.more():
                return None
        self.ahead = self.ahead[head.size :]
        return head

    def answer(self, method: bytes = b"GET") -> Answer | None:
        """The next final answer; None where the peer closed without one. Raises NotHttpError."""
        before: list[Head] = []
        while True:
            head = self.interim()
            if head is None:
                if self.ahead:
                    raise NotHttpError(f"closed within a head: {self.ahead[:200]!r}")
                return None
            status = int(head.start[9:12])
            if status >= 200 or status == 101:
                return self._with_body(head, status, method, tuple(before))
            before.append(head)

    def _with_body(self, head: Head, status: int, method: bytes, before: tuple[Head, ...]) -> Answer:
        body, trailers, framing, whole = b"", (), "none", True
        if status == 101:
            framing = "tunnel"
        elif method == b"HEAD" or status in BODILESS:
            pass
        elif head.values(b"transfer-encoding"):
            framing = "chunked"
            body, trailers, whole = self._chunked(head)
        elif (length := only_length(head.values(b"content-length"))) is not None:
            framing = "counted"
            body, whole = self._counted(length)
        else:
            framing, body = "closed", self.rest()
        return Answer(status, head.start, head.fields, body, trailers, framing, whole, before)

    def _chunked(self, head: Head) -> tuple[bytes, Fields, bool]:
        if [coding.lower() for coding in head.values(b"transfer-encoding")] != [b"chunked"]:
            raise NotHttpError(f"codings {head.values(b'transfer-encoding')!r}")
        if head.values(b"content-length"):
            raise NotHttpError("Content-Length beside Transfer-Encoding")
        while (body := read_chunks(self.ahead)) is None:
            if not self.more():
                broken, self.ahead = self.ahead, b""
                return whole_chunks(broken), (), False
        self.ahead = self.ahead[body.size :]
        return body.content, body.trailers, True

    def _counted(self, length: int) -> tuple[bytes, bool]:
        while len(self.ahead) < length:
            if not self.more():
                body, self.ahead = self.ahead, b""
                return body, False
        body, self.ahead = self.ahead[:length], self.ahead[length:]
        return body, True


def whole_chunks(data: bytes) -> bytes:
    """What the chunks of a body that broke off carried."""
    content, place = b"", 0
    while found := re.compile(rb"([0-9A-Fa-f]+)[^\r\n]*\r\n").match(data, place):
        size = int(found[1], 16)
        content += data[found.end() : found.end() + size]
        place = found.end() + size + 2
    return content
