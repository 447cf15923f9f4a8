"""The first message of a TLS client, read and not judged: what it offers, in its own order."""

from struct import unpack

from detectors.value import value

HELLO = 1  # RFC 8446 section 4: handshake type client_hello
SERVER_NAME, GROUPS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS = 0, 10, 13, 16, 43
GREASE = frozenset(0x0A0A + 0x1010 * step for step in range(16))  # RFC 8701 section 2
MAX_SERVER_NAME = 253  # RFC 1035 section 2.3.4, less the root


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
    except IndexError:
        raise BadHello("it ends too early") from None


def _read(message: bytes) -> ClientHello:
    if message[0] != HELLO or int.from_bytes(message[1:4], "big") != len(message) - 4:
        raise BadHello("not one whole ClientHello")
    _, place = _vector(message, 38, 1)  # after type, length, version and random: the session id
    cipher_list, place = _vector(message, place, 2)
    _, place = _vector(message, place, 1)  # compression methods
    block = b""
    if place < len(message):  # SSL 3.0 knew no extensions, TLS 1.0 to 1.2 may leave them out
        block, place = _vector(message, place, 2)
    if place != len(message):
        raise BadHello("something follows it")
    found, every = _extensions(block)
    offered = _numbers(cipher_list)
    asked = _numbers(_only(found, GROUPS, 2))
    spoken = _numbers(_only(found, SUPPORTED_VERSIONS, 1))
    ciphers, kinds, groups, versions = _plain(offered), _plain(every), _plain(asked), _plain(spoken)
    return ClientHello(
        legacy_version=message[4] << 8 | message[5],
        versions=versions,
        named=SERVER_NAME in found,
        server_name=_server_name(_only(found, SERVER_NAME, 2)),
        alpn=_strings(_only(found, ALPN, 2)),
        ciphers=ciphers,
        extensions=kinds,
        groups=groups,
        signature_algorithms=_plain(_numbers(_only(found, SIGNATURE_ALGORITHMS, 2))),
        grease=len(offered) + len(every) + len(asked) + len(spoken)
        > len(ciphers) + len(kinds) + len(groups) + len(versions),
    )


def _vector(data: bytes, place: int, size: int) -> tuple[bytes, int]:
    """The content of a vector whose length stands in `size` bytes at `place`, and the place after it."""
    start = place + size
    if start > len(data):
        raise IndexError
    end = start + int.from_bytes(data[place:start], "big")
    if end > len(data):
        raise IndexError
    return data[start:end], end


def _only(found: dict[int, bytes], kind: int, size: int) -> bytes:
    """The one vector that an extension is; empty where the extension is absent or holds something else."""
    data = found.get(kind)
    if not data or int.from_bytes(data[:size], "big") != len(data) - size:
        return b""
    return data[size:]


def _numbers(data: bytes) -> tuple[int, ...]:
    if len(data) % 2:
        raise BadHello("half a number")
    return unpack(f">{len(data) // 2}H", data)


def _plain(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if GREASE.isdisjoint(numbers):
        return numbers
    return tuple([number for number in numbers if number not in GREASE])


def _extensions(block: bytes) -> tuple[dict[int, bytes], tuple[int, ...]]:
    """The first content of each extension, and the types of all in order."""
    found: dict[int, bytes] = {}
    kinds = []
    place = 0
    while place < len(block):
        kind = block[place] << 8 | block[place + 1]
        start = place + 4
        place = start + (block[place + 2] << 8 | block[place + 3])
        kinds.append(kind)
        if kind not in found:
            found[kind] = block[start:place]
    if place != len(block):
        raise BadHello("an extension ends too late")
    return found, tuple(kinds)


def _strings(data: bytes) -> tuple[bytes, ...]:
    strings, place = [], 0
    while place < len(data):
        content, place = _vector(data, place, 1)
        strings.append(content)
    return tuple(strings)


def _server_name(data: bytes) -> str:
    """The host name of a server_name list (RFC 6066 section 3), as far as it can be one."""
    if len(data) < 3 or data[0] != 0 or int.from_bytes(data[1:3], "big") != len(data) - 3:
        return ""
    name = data[3:]
    if len(name) > MAX_SERVER_NAME or not name.isascii():
        return ""
    text = name.decode("ascii").lower().rstrip(".")
    return text if text.isprintable() and " " not in text else ""
