"""A second reader of HTTP/1.1: slow, strict, and sharing no code with the gateway."""

import re
from dataclasses import dataclass

Fields = tuple[tuple[bytes, bytes], ...]

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([!-~]+) HTTP/1\.([01])")
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([\t \x21-\x7e\x80-\xff]*))?")
FIELD_LINE = re.compile(
    rb"("
    + TOKEN
    + rb"):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*"
)
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[\t \x21-\x7e\x80-\xff]*)?")
BODILESS = frozenset({204, 304})


class NotHttpError(ValueError):
    """The bytes are not a message that RFC 9112 allows; the text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """Start line and fields. `size` is the number of bytes up to and with the blank line."""

    start: bytes
    fields: Fields
    size: int

    def values(self, name: bytes) -> list[bytes]:
        """Every value of the lower-case `name`, in order."""
        return [content for field, content in self.fields if field.lower() == name]


@dataclass(frozen=True, slots=True)
class Body:
    """Decoded content. `size` is the number of bytes that it took on the wire."""

    content: bytes
    trailers: Fields
    size: int


def read_head(data: bytes, start_line: re.Pattern[bytes]) -> Head | None:
    """The head at the start of `data`, or None where it has not ended yet. Raises NotHttpError."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    start, *lines = data[:end].split(b"\r\n")
    if not start_line.fullmatch(start):
        raise NotHttpError(f"start line {start!r}")
    return Head(start, read_fields(lines), end + 4)


def read_fields(lines: list[bytes]) -> Fields:
    """Name and value of every line. Raises NotHttpError."""
    fields = []
    for line in lines:
        found = FIELD_LINE.fullmatch(line)
        if found is None:
            raise NotHttpError(f"field line {line!r}")
        fields.append((found[1], found[2]))
    return tuple(fields)


def request_length(head: Head) -> int | None:
    """Bytes of body that a request announces; None for chunked. Raises NotHttpError. RFC 9112 section 6.3."""
    lengths, codings = head.values(b"content-length"), head.values(b"transfer-encoding")
    if len(head.values(b"host")) != 1 and head.start.endswith(b"HTTP/1.1"):
        raise NotHttpError("not exactly one Host")
    if codings:
        if lengths or [coding.lower() for coding in codings] != [b"chunked"]:
            raise NotHttpError(f"codings {codings!r} with lengths {lengths!r}")
        return None
    return only_length(lengths) or 0


def only_length(lengths: list[bytes]) -> int | None:
    """The single Content-Length, None where there is none. Raises NotHttpError."""
    if not lengths:
        return None
    if len(lengths) > 1 or not re.fullmatch(rb"[0-9]{1,19}", lengths[0]):
        raise NotHttpError(f"lengths {lengths!r}")
    return int(lengths[0])


def read_chunks(data: bytes) -> Body | None:
    """A whole chunked body at the start of `data`, or None where it goes on. Raises NotHttpError."""
    content, place = b"", 0
    while True:
        line_end = data.find(b"\r\n", place)
        if line_end < 0:
            return None
        found = CHUNK_LINE.fullmatch(data[place:line_end])
        if found is None:
            raise NotHttpError(f"chunk line {data[place:line_end]!r}")
        size, place = int(found[1], 16), line_end + 2
        if size == 0:
            return read_trailers(data, place, content)
        if len(data) < place + size + 2:
            return None
        if data[place + size : place + size + 2] != b"\r\n":
            raise NotHttpError("chunk without its end")
        content += data[place : place + size]
        place += size + 2


def read_trailers(data: bytes, place: int, content: bytes) -> Body | None:
    """What follows the last chunk, or None where it has not ended yet. Raises NotHttpError."""
    if data[place : place + 2] == b"\r\n":
        return Body(content, (), place + 2)
    end = data.find(b"\r\n\r\n", place)
    if end < 0:
        return None
    return Body(content, read_fields(data[place:end].split(b"\r\n")), end + 4)


@dataclass(frozen=True, slots=True)
class Message:
    """One whole request as it stood on the wire."""

    head: Head
    body: Body
    raw: bytes


def read_requests(data: bytes) -> list[Message]:
    """Every request in `data`, which must end where the last one ends. Raises NotHttpError."""
    messages = []
    while data:
        message = read_request(data)
        if message is None:
            raise NotHttpError(f"unfinished request {data[:80]!r}")
        messages.append(message)
        data = data[len(message.raw) :]
    return messages


def read_request(data: bytes) -> Message | None:
    """The request at the start of `data`, or None where it has not ended yet. Raises NotHttpError."""
    head = read_head(data, REQUEST_LINE)
    if head is None:
        return None
    rest, length = data[head.size :], request_length(head)
    body = read_chunks(rest) if length is None else Body(rest[:length], (), length)
    if body is None or len(rest) < body.size:
        return None
    return Message(head, body, data[: head.size + body.size])
