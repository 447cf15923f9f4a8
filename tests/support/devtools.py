"""A headless Chromium, asked over its own protocol: for what a page looks like, never for passing it."""

import asyncio
import contextlib
import os
import signal
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.challenges.browser import CHROMIUM, SWITCHES

PATIENCE_S = 30.0
LOADED = "document.readyState + location.href"
SETTLED = "Promise.all(document.getAnimations().map(each => each.finished)).then(() => 0)"
LARGEST = 64 * 1024 * 1024


class Browser:
    """One Chromium with one tab."""

    _socket: ClientWebSocketResponse

    async def __aenter__(self) -> Self:
        """Start it and attach to its tab."""
        assert CHROMIUM is not None
        self._numbers = count(1)
        self._stack = contextlib.AsyncExitStack()
        profile = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        self._process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *SWITCHES,
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        port = await self._port(Path(profile) / "DevToolsActivePort")
        session = await self._stack.enter_async_context(ClientSession())
        async with session.get(f"http://127.0.0.1:{port}/json/list") as listed:
            tab = next(each for each in await listed.json() if each["type"] == "page")
        self._socket = await session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=LARGEST)
        await self.call("Page.enable")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._stack.aclose()

    async def _port(self, file: Path) -> str:
        def told() -> str:
            return file.read_text("ascii") if file.exists() else ""

        async with asyncio.timeout(PATIENCE_S):
            while "\n" not in told():  # noqa: ASYNC110  what a browser does next sets no event here
                await asyncio.sleep(0.05)
        return told().splitlines()[0]

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Give one command and return its result. Raises RuntimeError where it fails."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        async with asyncio.timeout(PATIENCE_S):
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    continue
                told = message.json()
                if told.get("id") == number:
                    if "error" in told:
                        raise RuntimeError(f"{method}: {told['error']}")
                    return dict(told["result"])
        raise RuntimeError("the browser has gone")

    async def show(
        self, address: str, *, width: int = 1000, height: int = 760, features: Mapping[str, str] | None = None
    ) -> None:
        """Open a page in a window of this size, with media features such as `prefers-color-scheme`."""
        self._width = width
        await self._resize(height)
        told = [{"name": name, "value": setting} for name, setting in (features or {}).items()]
        await self.call("Emulation.setEmulatedMedia", features=told)
        await self.call("Page.navigate", url=address)
        async with asyncio.timeout(PATIENCE_S):
            while await self.run(LOADED) != f"complete{address}":  # noqa: ASYNC110  as above
                await asyncio.sleep(0.02)
        await self.run(SETTLED)

    async def run(self, script: str) -> Any:
        """What an expression is in the page; a promise is waited for."""
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    async def press(self, key: str) -> None:
        """One key, down and up."""
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=9)

    async def picture(self) -> bytes:
        """The whole page as PNG."""
        await self._resize(await self.run("Math.max(innerHeight, document.documentElement.scrollHeight)"))
        return b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    async def _resize(self, height: int) -> None:
        size = {"width": self._width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
