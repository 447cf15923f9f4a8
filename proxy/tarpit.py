"""A tarpitted client costs a buffer, not a worker: one timer drips to all of them, a few bytes at a time."""

import asyncio
from collections import OrderedDict
from math import ceil
from typing import TYPE_CHECKING

from challenges.drip import Beginning, Drip
from config.settings import TarpitSettings
from proxy.http1.chunked import as_chunks
from proxy.http1.response_head import status_line

if TYPE_CHECKING:  # an exchange tells its tarpit when it ends
    from proxy.exchange import Exchange

BEAT_S = 0.02  # short, so that what one beat does never holds up a shopper
MAX_HEAD_BYTES = 4096  # of what a held request keeps in memory; browsers rarely send 2 KB
LAST_CHUNK = b"0\r\n\r\n"
SPARE = 2  # times the drops that are due on average: those of a rush are caught up with


class _Held:
    """One client in the pit."""

    __slots__ = ("address", "drip", "due", "ends", "number")

    def __init__(self, drip: Drip, address: str, due: float, ends: float) -> None:
        self.drip = drip
        self.address = address
        self.due = due
        self.ends = ends
        self.number = 0


class Tarpit:
    """Those whom one worker holds, the one whose next drop is due first in front."""

    def __init__(self, settings: TarpitSettings) -> None:
        self.settings = settings
        self._held: OrderedDict[Exchange, _Held] = OrderedDict()
        self._of_address: dict[str, int] = {}
        self._beating = False

    def __len__(self) -> int:
        return len(self._held)

    def takes(self, exchange: "Exchange", address: str) -> bool:
        """True where there is room for one more, also of this address, and there is an answer to stretch."""
        head, request, settings = exchange.head, exchange.request, self.settings
        if head is None or request is None or head.method == "HEAD" or exchange.downstream.draining:
            return False
        size = len(head.target) + sum(len(name) + len(content) for name, content in request.headers)
        return (
            size <= MAX_HEAD_BYTES
            and len(self._held) < settings.most
            and self._of_address.get(address, 0) < settings.per_address
        )

    def hold(self, exchange: "Exchange", address: str, beginning: Beginning, lines: list[bytes]) -> None:
        """Begin to answer; `lines` are header lines. The client's next requests are not read any more."""
        now = exchange.downstream.now()
        self._of_address[address] = self._of_address.get(address, 0) + 1
        settings = self.settings
        self._held[exchange] = _Held(
            beginning.drip, address, now + settings.pause_s, now + settings.longest_s
        )
        exchange.status = 200
        exchange.keep_alive = False
        exchange.tarpit = self
        framing = b"Transfer-Encoding: chunked\r\n" if _is_chunked(exchange) else b""
        parts = [status_line(200), *lines, framing, b"Connection: close\r\n\r\n"]
        exchange.downstream.write(b"".join([*parts, _framed(exchange, beginning.body)]))
        exchange.sent = len(beginning.body)
        self._beat_soon()

    def release(self, exchange: "Exchange") -> None:
        """The exchange has ended, by its client's wish or by ours."""
        held = self._held.pop(exchange, None)
        if held is None:
            return
        left = self._of_address[held.address] - 1
        if left:
            self._of_address[held.address] = left
        else:
            del self._of_address[held.address]

    def end_all(self) -> None:
        """Finish every answer now."""
        for exchange, held in tuple(self._held.items()):
            self._finish(exchange, held)

    def _beat_soon(self) -> None:
        if self._held and not self._beating:
            self._beating = True
            asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        """Drip to whom it is due, up to a share of all, and come back as long as anybody is held."""
        self._beating = False
        most = ceil(len(self._held) * BEAT_S / self.settings.pause_s * SPARE)
        for _ in range(min(most, len(self._held))):
            exchange, held = next(iter(self._held.items()))
            now = exchange.downstream.now()
            if held.due > now:
                break
            if now >= held.ends:
                self._finish(exchange, held)
            else:
                held.number += 1
                held.due = now + self.settings.pause_s
                self._held.move_to_end(exchange)
                self._send(exchange, held.drip.drop(held.number))
        self._beat_soon()

    def _send(self, exchange: "Exchange", data: bytes) -> None:
        """A few bytes of the body; none where those before are still unread."""
        if exchange.downstream.stalled:
            return
        exchange.sent += len(data)
        exchange.downstream.write(_framed(exchange, data))

    def _finish(self, exchange: "Exchange", held: _Held) -> None:
        last = held.drip.last
        exchange.sent += len(last)
        end = LAST_CHUNK if _is_chunked(exchange) else b""
        exchange.downstream.write((_framed(exchange, last) if last else b"") + end)
        exchange.end()


def _framed(exchange: "Exchange", data: bytes) -> bytes:
    return as_chunks([data]) if _is_chunked(exchange) else data


def _is_chunked(exchange: "Exchange") -> bool:
    """RFC 9112 section 7.1: HTTP/1.0 knows no chunks, so the end of the connection is the end of the body."""
    return exchange.head is not None and exchange.head.http_version == "1.1"
