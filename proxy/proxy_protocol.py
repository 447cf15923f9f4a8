"""The PROXY protocol header: believed only where the listener expects it and the peer is trusted.

Source: HAProxy's proxy-protocol specification, sections 2.1 (version 1) and 2.2 (version 2).
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from proxy.faults import ClientFault

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_MAX_V1 = 107
_MAX_V2 = 16 + 2048
_V1 = re.compile(
    rb"PROXY (?:UNKNOWN[^\r\n]*|(TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) (\d{1,5}) (\d{1,5}))\r\n"
)
_ADDRESS_BYTES = {0x10: 4, 0x20: 16}


def _refuse(reason: str) -> ClientFault:
    return ClientFault(400, "bad request", f"PROXY header: {reason}")


def read_proxy_header(data: bytes) -> tuple[int, str | None] | None:
    """Return (bytes used, client address or None for LOCAL/UNKNOWN), or None where more bytes are needed.

    Raises ClientFault(400) for anything that is not a PROXY header.
    """
    if _SIGNATURE.startswith(data[:12]):
        return _read_v2(data) if len(data) >= 16 else None
    return _read_v1(data)


def _read_v1(data: bytes) -> tuple[int, str | None] | None:
    end = data.find(b"\n", 0, _MAX_V1)
    if end < 0:
        if len(data) >= _MAX_V1 or not (b"PROXY ".startswith(data[:6])):
            raise _refuse("missing or too long")
        return None
    match = _V1.fullmatch(data[: end + 1])
    if match is None:
        raise _refuse("malformed version 1")
    if match[1] is None:
        return end + 1, None
    try:
        source, target = ip_address(match[2].decode()), ip_address(match[3].decode())
    except ValueError:
        raise _refuse("malformed address") from None
    version = 4 if match[1] == b"TCP4" else 6
    if (
        source.version != version
        or target.version != version
        or int(match[4]) > 65535
        or int(match[5]) > 65535
    ):
        raise _refuse("address does not fit its family")
    return end + 1, _plain(source)


def _read_v2(data: bytes) -> tuple[int, str | None] | None:
    version_command, family = data[12], data[13]
    length = int.from_bytes(data[14:16], "big")
    if version_command >> 4 != 2 or version_command & 0xF > 1:
        raise _refuse("unknown version or command")
    if 16 + length > _MAX_V2:
        raise _refuse("too long")
    if len(data) < 16 + length:
        return None
    size = _ADDRESS_BYTES.get(family & 0xF0)
    if version_command & 0xF == 0 or size is None:
        return 16 + length, None
    if length < 2 * size + 4:
        raise _refuse("shorter than its family needs")
    raw = data[16 : 16 + size]
    return 16 + length, _plain(IPv4Address(raw) if size == 4 else IPv6Address(raw))


def _plain(address: IPv4Address | IPv6Address) -> str:
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
