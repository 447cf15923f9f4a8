"""The official checker hands its result over as bytes; this file reads the few messages that they hold.

Field numbers are those of cel/expr/checked.proto and cel/expr/syntax.proto. Only what a checked expression
can hold is read; unknown fields are skipped, as Protocol Buffers ask.
"""

from collections.abc import Iterator
from struct import unpack_from

Fields = dict[int, list["int | bytes"]]


def read_fields(message: bytes) -> Fields:
    """Every field of one message by its number, in wire order. Raises ValueError for malformed bytes."""
    fields: Fields = {}
    for number, content in _pairs(message):
        fields.setdefault(number, []).append(content)
    return fields


def _pairs(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            content, at = _varint(message, at)
            yield number, content
            continue
        if kind == 2:
            length, at = _varint(message, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind} has no meaning here")
        if at + length > len(message):
            raise ValueError("the message ends inside a field")
        yield number, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    shift = number = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("the message ends inside a number")
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return number, at


def one_message(fields: Fields, number: int) -> bytes | None:
    """The last message or text in field `number`; None where it is absent."""
    found = fields.get(number)
    return found[-1] if found and isinstance(found[-1], bytes) else None


def messages(fields: Fields, number: int) -> list[bytes]:
    """All messages or texts in field `number`."""
    return [item for item in fields.get(number, ()) if isinstance(item, bytes)]


def text(fields: Fields, number: int) -> str:
    """Field `number` as text; empty where it is absent."""
    return (one_message(fields, number) or b"").decode("utf-8")


def integer(fields: Fields, number: int) -> int:
    """Field `number` as a signed 64-bit integer; 0 where it is absent."""
    found = fields.get(number)
    raw = found[-1] if found else 0
    if not isinstance(raw, int):
        raise ValueError("a number was expected")  # noqa: TRY004  the bytes are wrong, not the caller
    return raw - (1 << 64) if raw >= 1 << 63 else raw


def double(raw: bytes) -> float:
    """Eight little-endian bytes as a double."""
    number: float = unpack_from("<d", raw)[0]
    return number
