"""ClientHello messages built byte by byte, and a second reading of them that shares no code with Stile."""

import hashlib
from collections.abc import Iterable, Sequence

GREASE = 0x2A2A
CHROME_CIPHERS = (
    0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x9C, 0x9D,
    0x2F, 0x35,
)  # fmt: skip
SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)


def sized(data: bytes, size: int) -> bytes:
    """`data` behind its length in `size` bytes."""
    return len(data).to_bytes(size, "big") + data


def numbers(items: Iterable[int]) -> bytes:
    return b"".join(item.to_bytes(2, "big") for item in items)


def server_name(name: bytes) -> tuple[int, bytes]:
    return 0, sized(b"\x00" + sized(name, 2), 2)


def protocols(*names: bytes) -> tuple[int, bytes]:
    return 16, sized(b"".join(sized(name, 1) for name in names), 2)


def versions(*items: int) -> tuple[int, bytes]:
    return 43, sized(numbers(items), 1)


def signatures(*items: int) -> tuple[int, bytes]:
    return 13, sized(numbers(items), 2)


def groups(*items: int) -> tuple[int, bytes]:
    return 10, sized(numbers(items), 2)


def hello(
    extensions: Sequence[tuple[int, bytes]] | None = (),
    ciphers: Sequence[int] = (0x1301,),
    *,
    legacy: int = 0x0303,
    session: bytes = b"",
) -> bytes:
    """A handshake message; `extensions` None leaves their block out."""
    body = legacy.to_bytes(2, "big") + bytes(range(32)) + sized(session, 1)
    body += sized(numbers(ciphers), 2) + b"\x01\x00"
    if extensions is not None:
        body += sized(b"".join(numbers([kind]) + sized(data, 2) for kind, data in extensions), 2)
    return b"\x01" + sized(body, 3)


def browser_hello(name: bytes = b"shop.example") -> bytes:
    """A hello as a browser's, with a post-quantum key share: more than one packet."""
    shares = numbers([0x11EC]) + sized(bytes(1216), 2) + numbers([29]) + sized(bytes(32), 2)
    extensions = [
        (GREASE, b""),
        server_name(name),
        protocols(b"h2", b"http/1.1"),
        groups(GREASE, 0x11EC, 29, 23, 24),
        signatures(*SIGNATURES),
        versions(GREASE, 0x0304, 0x0303),
        (51, sized(shares, 2)),
        (45, b"\x01\x01"),
    ]
    return hello(extensions, (GREASE, *CHROME_CIPHERS), session=bytes(32))


def records(message: bytes, size: int = 16384) -> bytes:
    """`message` in TLS records of at most `size` bytes."""
    pieces = [message[place : place + size] for place in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + sized(piece, 2) for piece in pieces)


def second_ja4(stream: bytes) -> str:
    """JA4 of the hello at the start of what a TLS client sent, read by a cursor that shrinks."""
    message = b""
    while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        length = int.from_bytes(stream[3:5], "big")
        message, stream = message + stream[5 : 5 + length], stream[5 + length :]
    rest = message[4:]

    def take(count: int) -> bytes:
        nonlocal rest
        taken, rest = rest[:count], rest[count:]
        return taken

    def block(size: int) -> bytes:
        return take(int.from_bytes(take(size), "big"))

    version = take(2).hex()
    take(32)
    block(1)
    ciphers = _real(block(2))
    block(1)
    kinds, name, first, algorithms = [], "i", b"", []
    rest = block(2)
    while rest:
        kind, content = take(2).hex(), block(2)
        kinds.append(kind)
        if kind == "0000":
            name = "d"
        elif kind == "0010":
            first = content[3 : 3 + content[2]]
        elif kind == "000d":
            algorithms = _real(content[2:])
        elif kind == "002b":
            version = max(_real(content[1:]))
    kinds = _real(bytes.fromhex("".join(kinds)))
    word = {"0304": "13", "0303": "12", "0302": "11", "0301": "10", "0300": "s3"}[version]
    ends = (chr(first[0]) + chr(first[-1])) if first else "00"
    hashed = ",".join(sorted(set(kinds) - {"0000", "0010"}))
    if algorithms:
        hashed += "_" + ",".join(algorithms)
    return (
        f"t{word}{name}{len(ciphers):02d}{len(kinds):02d}{ends}_"
        f"{_twelve(','.join(sorted(ciphers)))}_{_twelve(hashed)}"
    )


def _real(data: bytes) -> list[str]:
    words = [data[place : place + 2].hex() for place in range(0, len(data), 2)]
    return [word for word in words if not (word[:2] == word[2:] and word[1] == "a")]


def _twelve(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12
