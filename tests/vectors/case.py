"""A case is bytes in, and what must come of them at both ends of the wire."""

from dataclasses import dataclass

from tests.support.upstream import OK, Do, Script

HOST = b"Host: shop.test"
GOOD = b"GET /after HTTP/1.1\r\nHost: shop.test\r\n\r\n"
UNTRUSTED, TRUSTED = "127.0.0.1", "127.0.0.2"
SAME = b"same"  # what was sent is what arrives
ONE_CHUNK = b"3\r\nabc\r\n0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """`sent` goes to the gateway; `reaches` is the request at the storefront, None where no whole one may.
    `plays` is what the storefront does, `gets` the answer at the client.

    Heads are compared without the fields that the gateway sets itself; `adds` and `lacks` speak of these.
    `stays` says whether the connection may be used again; None where both are right.
    """

    source: str
    sent: bytes
    statuses: tuple[int, ...]
    reaches: bytes | None = SAME
    plays: Script = (OK,)
    gets: bytes | None = None
    whole: bool = True
    interim: tuple[int, ...] | None = ()
    framing: str = ""
    stays: bool | None = True
    adds: tuple[tuple[bytes, bytes], ...] = ()  # name and the pattern that its one value must match
    lacks: tuple[bytes, ...] = ()  # names that must not reach the storefront
    hides: tuple[bytes, ...] = ()  # names that must not reach the client
    answers: int = 1  # how many answers `sent` asks for
    peer: str = UNTRUSTED
    listener: str = "plain"
    ways: tuple[str, ...] = ("whole", "byte by byte", "followed")

    @property
    def method(self) -> bytes:
        """What decides how the answer is framed."""
        return self.sent.lstrip(b"\r\n").split(b" ", 1)[0]

    @property
    def expected_request(self) -> bytes | None:
        """The request that must arrive."""
        return self.sent.lstrip(b"\r\n") if self.reaches == SAME else self.reaches

    @property
    def expected_answer(self) -> bytes:
        """The answer that must arrive, for a case whose storefront speaks."""
        return (
            self.gets
            if self.gets is not None
            else b"".join(step for step in self.plays if isinstance(step, bytes))
        )


def head(*lines: bytes) -> bytes:
    """Lines with their ends and the empty line."""
    return b"\r\n".join(lines) + b"\r\n\r\n"


def get(*lines: bytes, target: bytes = b"/a") -> bytes:
    """A GET with Host and `lines`."""
    return head(b"GET " + target + b" HTTP/1.1", HOST, *lines)


def post(*lines: bytes, target: bytes = b"/a") -> bytes:
    """The head of a POST with Host and `lines`."""
    return head(b"POST " + target + b" HTTP/1.1", HOST, *lines)


def chunked(body: bytes, *lines: bytes) -> bytes:
    """A POST whose body stands on the wire as `body`."""
    return post(b"Transfer-Encoding: chunked", *lines) + body


def answer(*lines: bytes, body: bytes = b"") -> bytes:
    """An answer; 200 unless the first line is a status line."""
    first = () if lines and lines[0].startswith(b"HTTP/") else (b"HTTP/1.1 200 OK",)
    return head(*first, *lines) + body


def refused(status: int | tuple[int, ...], source: str, sent: bytes) -> Case:
    """Nothing whole reaches the storefront, the client is told, and the connection closes."""
    statuses = status if isinstance(status, tuple) else (status,)
    return Case(source, sent, statuses, reaches=None, stays=False)


def forwarded(source: str, sent: bytes, reaches: bytes = SAME) -> Case:
    """The request arrives as `reaches` says and its answer comes back."""
    return Case(source, sent, (200,), reaches)


def answered(source: str, *plays: object, status: int = 200, sent: bytes = b"") -> Case:
    """A good request, answered by the storefront with `plays`."""
    return Case(source, sent or get(), (status,), plays=plays)  # type: ignore[arg-type]


def broken(source: str, *plays: object) -> Case:
    """The storefront's answer cannot be believed: 502, and the client's connection is none the worse."""
    return Case(source, get(), (502,), plays=(*plays, Do.CLOSE), gets=b"", stays=None)  # type: ignore[arg-type]
