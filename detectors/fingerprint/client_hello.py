"""The first message of a TLS client, read and not judged: what it offers, in its own order."""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct, unpack
from struct import error as StructError  # noqa: N812  the name that says what it is
from typing import TypeVar

from detectors.value import value

HELLO = 1  # RFC 8446 section 4: handshake type client_hello
SERVER_NAME, GROUPS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS = 0, 10, 13, 16, 43
GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))  # RFC 8701 section 2
READ = frozenset((SERVER_NAME, GROUPS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS))
LONGEST_REMEMBERED = 128  # bytes, and
MOST_REMEMBERED = 1024  # of each kind of list, so that hostile ones fill some 3 MB at most
MAX_SERVER_NAME = 253  # RFC 1035 section 2.3.4, less the root

Found = TypeVar("Found")
_HEAD = Struct(">HH").unpack_from


class BadHello(ValueError):
    """These bytes are no ClientHello."""


@value
class ClientHello:
    """What a client offers, without GREASE values, each list in the client's order.

    `legacy_version` is the number in the message, `versions` are those of supported_versions (RFC 8446
    section 4.2.1). `named` is True where the server_name extension was sent; `server_name` is lower case and
    empty where it holds no host name. `grease` is True where a cipher, an extension, a group or a version was
    GREASE.
    """

    legacy_version: int
    versions: tuple[int, ...]
    named: bool
    server_name: str
    alpn: tuple[bytes, ...]
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    groups: tuple[int, ...]
    signature_algorithms: tuple[int, ...]
    grease: bool


def client_hello_of(message: bytes) -> ClientHello:
    """Read a handshake message with its four bytes of type and length. Raises BadHello for anything else.

    Source: RFC 8446 section 4.1.2; before TLS 1.3 the shape was the same (RFC 5246 section 7.4.1.2).
    """
    try:
        return _read(message)
    except (IndexError, StructError):
        raise BadHello("it ends too early") from None


def _read(message: bytes) -> ClientHello:
    size = len(message)
    if message[0] != HELLO or int.from_bytes(message[1:4], "big") != size - 4:
        raise BadHello("not one whole ClientHello")
    place = 39 + message[38]  # after type, length, version and random: the session id
    start = place + 2
    place = start + (message[place] << 8 | message[place + 1])
    ciphers, grease = _read_by(_numbers, message[start:place])
    place += 1 + message[place]  # compression methods
    found: dict[int, bytes] = {}
    kinds: list[int] = []
    if place < size:  # SSL 3.0 knew no extensions, TLS 1.0 to 1.2 may leave them out
        block = place + 2
        if block + (message[place] << 8 | message[place + 1]) != size:
            raise BadHello("its extensions do not end with it")
        place = _take_extensions(message, block, found, kinds)
    if place != size:
        raise BadHello("it ends within a vector")
    get = found.get
    groups, greased_groups = _read_by(_listed, get(GROUPS, b""))
    versions, greased_versions = _read_by(_listed_shortly, get(SUPPORTED_VERSIONS, b""))
    extensions = tuple([kind for kind in kinds if kind not in GREASE])
    return ClientHello(
        message[4] << 8 | message[5],
        versions,
        SERVER_NAME in found,
        _read_by(_server_name, get(SERVER_NAME, b"")),
        _read_by(_protocols, get(ALPN, b"")),
        ciphers,
        extensions,
        groups,
        _read_by(_listed, get(SIGNATURE_ALGORITHMS, b""))[0],
        grease or greased_groups or greased_versions or len(extensions) < len(kinds),
    )


def _read_by(read: Callable[[bytes], Found], data: bytes) -> Found:
    """What `read` finds in `data`; short lists, which all clients of one kind send alike, are remembered."""
    return read(data) if len(data) <= LONGEST_REMEMBERED else read.__wrapped__(data)  # type: ignore[attr-defined]


def _take_extensions(message: bytes, place: int, found: dict[int, bytes], kinds: list[int]) -> int:
    """Put the content of those in READ into `found`, the types of all into `kinds`; where they end.

    Of a repeated one the first counts.
    """
    size = len(message)
    while place < size:
        kind, length = _HEAD(message, place)
        place += 4
        if kind in READ and kind not in found:
            found[kind] = message[place : place + length]
        kinds.append(kind)
        place += length
    return place


def _only(data: bytes, size: int) -> bytes:
    """The one vector that an extension is; empty where it holds something else."""
    return data[size:] if int.from_bytes(data[:size], "big") == len(data) - size else b""


@lru_cache(maxsize=MOST_REMEMBERED)
def _numbers(data: bytes) -> tuple[tuple[int, ...], bool]:
    """The numbers in a list, without GREASE, and whether there was any."""
    if len(data) % 2:
        raise BadHello("half a number")
    numbers = unpack(f">{len(data) // 2}H", data)
    plain = tuple([number for number in numbers if number not in GREASE])
    return plain, len(plain) < len(numbers)


@lru_cache(maxsize=MOST_REMEMBERED)
def _listed(data: bytes) -> tuple[tuple[int, ...], bool]:
    """The numbers of an extension that is a list of up to 64 KiB."""
    return _numbers.__wrapped__(_only(data, 2))


@lru_cache(maxsize=MOST_REMEMBERED)
def _listed_shortly(data: bytes) -> tuple[tuple[int, ...], bool]:
    """The numbers of an extension that is a list of up to 255 bytes."""
    return _numbers.__wrapped__(_only(data, 1))


@lru_cache(maxsize=MOST_REMEMBERED)
def _protocols(data: bytes) -> tuple[bytes, ...]:
    """The names in an ALPN extension (RFC 7301 section 3.1)."""
    names, place, data = [], 0, _only(data, 2)
    while place < len(data):
        start = place + 1
        place = start + data[place]
        names.append(data[start:place])
    if place > len(data):
        raise BadHello("a protocol's name ends too late")
    return tuple(names)


@lru_cache(maxsize=MOST_REMEMBERED)
def _server_name(data: bytes) -> str:
    """The host name in a server_name extension (RFC 6066 section 3), as far as it can be one."""
    data = _only(data, 2)
    if len(data) < 3 or data[0] != 0 or int.from_bytes(data[1:3], "big") != len(data) - 3:
        return ""
    name = data[3:]
    if len(name) > MAX_SERVER_NAME or not name.isascii():
        return ""
    text = name.decode("ascii").lower().rstrip(".")
    return text if text.isprintable() and " " not in text else ""
