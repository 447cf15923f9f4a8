"""Answers: whatever a storefront says, the client gets whole answers, or sees that one broke off."""

from random import Random
from zlib import crc32

from tests.fuzz.request_target import TOKENS as REQUEST_TOKENS
from tests.fuzz.socketless import Socketless
from tests.fuzz.target import Target
from tests.support.strict import STATUS_LINE, NotHttpError, read_chunks, read_head
from tests.support.upstream import OK
from tests.vectors import answers, broken_answers
from tests.vectors.case import GOOD

CORPUS = tuple(
    b"".join(step for step in case.plays if isinstance(step, bytes))
    for table in (answers, broken_answers)
    for case in table.CASES.values()
)
CORPUS = tuple(data for data in CORPUS if 0 < len(data) < 12_000)
TOKENS = (
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 103 E\r\n\r\n", b"HTTP/1.1 100 C\r\n\r\n"),
    *(b"HTTP/1.1 304 N\r\n", b"HTTP/1.1 204 N\r\n", b"HTTP/1.1 101 S\r\n", b"Set-Cookie: a=b\r\n", OK),
    *REQUEST_TOKENS,
)
Meaning = tuple[tuple[object, ...], bool]


def check(data: bytes) -> None:
    """Play `data` whole and cut; a whole answer is the same both ways."""
    first = play(data, (len(data),))
    random = Random(crc32(data))
    second = play(data, [random.choice((1, 1, 2, 3, 7, 50)) for _ in range(len(data))], before=first)
    read = [what_came(run) for run in (first, second)]
    good = [answers for answers, whole in read if whole and answers and answers[-1][0] != 502]
    assert len(good) in {0, 2}, f"cutting changes the meaning: {read}"
    assert good == good[::-1], f"cutting changes the meaning: {read}"


def play(data: bytes, sizes: object, before: Socketless | None = None) -> Socketless:
    """Ask, and let the storefront send `data` in pieces, then close."""
    run = Socketless(before=before)
    run.line.data_received(GOOD)
    storefront = run.pool.connections[0]
    place = 0
    for size in sizes:  # type: ignore[attr-defined]
        if place >= len(data) or storefront.closed:
            break
        storefront.data_received(data[place : place + size])
        place += size
    storefront.connection_lost(None)
    return run


def what_came(run: Socketless) -> Meaning:
    """The client's answers as (status, fields, body, trailers), and whether the last one is whole."""
    data, came = run.client.written, []
    while data:
        head = read_head(data, STATUS_LINE)
        if head is None:
            raise NotHttpError(f"no head: {data[:200]!r}")
        status, rest = int(head.start[9:12]), data[head.size :]
        fields = tuple(field for field in head.fields if field[0].lower() != b"connection")
        if status < 200:
            came.append((status, fields, b"", ()))
            data = rest if status != 101 else b""
            continue
        body, trailers, used, whole = body_of(
            head.values(b"transfer-encoding"), head.values(b"content-length"), rest
        )
        if status == 304:
            body, used, whole = b"", 0, True
        assert whole or run.client.closed, "an answer that never ends"
        came.append((status, fields, body, trailers))
        assert not rest[used:], "bytes after the answer"
        return tuple(came), whole
    assert run.client.closed or not run.desk.ended_ids, "no answer"
    return tuple(came), False


def body_of(
    codings: list[bytes], lengths: list[bytes], rest: bytes
) -> tuple[bytes, tuple[tuple[bytes, bytes], ...], int, bool]:
    """Content, trailers, bytes used, and whether it is whole."""
    if codings:
        assert (codings, lengths) == ([b"chunked"], [])
        chunks = read_chunks(rest)
        return (
            (rest, (), len(rest), False)
            if chunks is None
            else (chunks.content, chunks.trailers, chunks.size, True)
        )
    assert len(lengths) <= 1
    if not lengths:
        return b"", (), 0, True
    length = int(lengths[0])
    return rest[:length], (), min(length, len(rest)), len(rest) >= length


ANSWERS = Target("answers", CORPUS, TOKENS, check)
