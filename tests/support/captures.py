"""Recorded packets: pcap and pcapng files, and the bytes that each TCP client sent, put back in order."""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from struct import unpack, unpack_from

ETHERNET, LOOPBACK, RAW, LINUX = 1, 0, 101, 113
LINK_BYTES = {ETHERNET: 14, LOOPBACK: 4, RAW: 0, LINUX: 16}
Flow = tuple[str, int, str, int]


def packets(path: Path) -> Iterator[tuple[int, bytes]]:
    """(link type, frame) of each packet in a pcap or pcapng file."""
    data = path.read_bytes()
    return _pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else _pcap(data)


def _pcap(data: bytes) -> Iterator[tuple[int, bytes]]:
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = unpack_from(order + "I", data, 20)[0]
    place = 24
    while place + 16 <= len(data):
        size = unpack_from(order + "I", data, place + 8)[0]
        yield link, data[place + 16 : place + 16 + size]
        place += 16 + size


def _pcapng(data: bytes) -> Iterator[tuple[int, bytes]]:
    order, links, place = "<", [], 0
    while place + 12 <= len(data):
        if data[place : place + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[place + 8 : place + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = unpack_from(order + "II", data, place)
        if kind == 1:
            links.append(unpack_from(order + "H", data, place + 8)[0])
        elif kind == 6:
            interface = unpack_from(order + "I", data, place + 8)[0]
            length = unpack_from(order + "I", data, place + 20)[0]
            yield links[interface], data[place + 28 : place + 28 + length]
        place += size


def tcp_streams(path: Path) -> dict[Flow, bytes]:
    """What each side of each connection sent, by (source, port, destination, port)."""
    parts: defaultdict[Flow, dict[int, bytes]] = defaultdict(dict)
    for link, frame in packets(path):
        segment = _segment(link, frame)
        if segment is not None:
            flow, sequence, content = segment
            if len(content) > len(parts[flow].get(sequence, b"")):
                parts[flow][sequence] = content
    return {flow: _in_order(pieces) for flow, pieces in parts.items()}


def _in_order(pieces: dict[int, bytes]) -> bytes:
    stream, following = b"", None
    for sequence in sorted(pieces):
        content = pieces[sequence]
        if following is not None and sequence > following:
            break  # lost in the recording
        skipped = 0 if following is None else following - sequence
        stream += content[skipped:]
        following = max(following or 0, sequence + len(content))
    return stream


def _segment(link: int, frame: bytes) -> tuple[Flow, int, bytes] | None:
    start = LINK_BYTES[link]
    if link == ETHERNET:
        while frame[start - 2 : start] == b"\x81\x00":
            start += 4
    packet = frame[start:]
    if not packet or packet[0] >> 4 not in (4, 6):
        return None
    if packet[0] >> 4 == 4:
        header, protocol, size = (packet[0] & 15) * 4, packet[9], unpack_from(">H", packet, 2)[0]
        ends = packet[12:16], packet[16:20]
    else:
        header, protocol, size = 40, packet[6], 40 + unpack_from(">H", packet, 4)[0]
        ends = packet[8:24], packet[24:40]
    if protocol != 6:
        return None
    segment = packet[header : size or len(packet)]
    source, target, sequence = unpack(">HHI", segment[:8])
    content = segment[(segment[12] >> 4) * 4 :]
    if not content:
        return None
    return (str(ip_address(ends[0])), source, str(ip_address(ends[1])), target), sequence, content
