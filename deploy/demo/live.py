"""What the shop says without being asked: stock as it changes, and how many people are looking around."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from aiohttp import WSMsgType, web

from deploy.demo.catalogue import Catalogue, Product

INTERVAL_S = 2.0
MAX_MESSAGE_BYTES = 4096


class Live:
    """Open streams and lines; all of them end when the shop closes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._closing = asyncio.Event()
        self._lines: set[web.WebSocketResponse] = set()

    async def stock_stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the stock of one product, or of one after another."""
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await answer.prepare(request)
        asked = request.query.get("product", "")
        wanted = self._catalogue.product(int(asked)) if asked.isdecimal() and len(asked) < 10 else None
        with suppress(ConnectionError):
            for number in count():
                told = wanted or self._catalogue.products[number * 37 % len(self._catalogue.products)]
                await answer.write(stock_event(number, told))
                if await self._closed_within(INTERVAL_S):
                    break
        return answer

    async def visitors_line(self, request: web.Request) -> web.WebSocketResponse:
        """A WebSocket that tells the number of open lines, at once, on every change and when asked."""
        line = web.WebSocketResponse(heartbeat=30, max_msg_size=MAX_MESSAGE_BYTES)
        await line.prepare(request)
        with self._counted(line):
            await self._tell_everybody()
            async for message in line:
                if message.type is WSMsgType.TEXT:
                    await line.send_json({"visitors": len(self._lines), "heard": message.data})
        await self._tell_everybody()
        return line

    async def close(self, _app: web.Application) -> None:
        """Let every stream and line end."""
        self._closing.set()
        for line in tuple(self._lines):
            await line.close()

    @contextmanager
    def _counted(self, line: web.WebSocketResponse) -> Iterator[None]:
        self._lines.add(line)
        try:
            yield
        finally:
            self._lines.discard(line)

    async def _tell_everybody(self) -> None:
        for line in tuple(self._lines):
            with suppress(ConnectionError):
                await line.send_json({"visitors": len(self._lines)})

    async def _closed_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
        return self._closing.is_set()


def stock_event(number: int, product: Product) -> bytes:
    """One server-sent event."""
    left = max(0, product.stock - number % 3) if product.stock else 0
    fact = json.dumps({"product": product.number, "stock": left})
    return f"id: {number}\nevent: stock\ndata: {fact}\n\n".encode()
