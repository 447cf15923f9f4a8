"""Which server of a cluster holds which of the 16,384 slots, as the cluster itself tells."""

from binascii import crc_hqx
from collections.abc import Callable
from typing import Any, cast

from config.where import Spot
from proxy.state.server import Server
from proxy.state.store_fault import StoreFault, Trouble
from proxy.state.wire import Reply

SLOTS = 16_384

Table = list[Server | None]


def slot_of(key: bytes) -> int:
    """The slot of a key: CRC16 of its hash tag, or of all of it (cluster specification, "Hash tags")."""
    opening = key.find(b"{")
    if opening >= 0:
        closing = key.find(b"}", opening + 1)
        if closing > opening + 1:
            key = key[opening + 1 : closing]
    return crc_hqx(key, 0) % SLOTS


def table_of(reply: Reply, asked: Spot, server_at: Callable[[Spot], Server]) -> Table:
    """CLUSTER SLOTS as a table of masters. Raises StoreFault where it is none, or serves no slot."""
    table: Table = [None] * SLOTS
    ranges = cast("list[Any]", reply)
    try:
        for first, last, (host, port, *_), *_ in ranges:
            server = server_at(_spot(host, port, asked))
            table[first : last + 1] = [server] * (last + 1 - first)
    except (TypeError, ValueError, AttributeError):
        raise StoreFault(f"{asked}: its answer to CLUSTER SLOTS cannot be read", sent=False) from None
    if len(table) != SLOTS or not any(table):
        raise StoreFault(f"{asked}: the cluster serves no slot", Trouble.CLUSTER_DOWN, sent=False)
    return table


def spot_of_redirection(text: str, answered: Spot) -> Spot:
    """The server in `MOVED 3999 10.0.0.5:6381` or `ASK …`. Raises StoreFault where there is none."""
    host, _, port = text.rpartition(" ")[2].rpartition(":")
    if not port.isdigit():
        raise StoreFault(f"{answered}: a redirection to nowhere: {text}", sent=False)
    return _spot(host.encode(), int(port), answered)


def _spot(host: bytes | None, port: int, asked: Spot) -> Spot:
    """A node that does not know its own name has that by which we asked."""
    return Spot(asked.host if host in {None, b"", b"?"} else str(host, "utf-8"), port)
