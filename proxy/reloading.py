"""A worker takes a new configuration over while it serves: loaded in a thread, put in force by one step."""

import asyncio
import gc
import sys
import time
from collections.abc import Callable

from config.settings import Config
from proxy.logs import logger
from proxy.server import Server

PATIENCE_S = 0.0005  # how long the loop waits for its turn while the thread computes; 5 ms by default


class Reloading:
    """`reread` loads what the parent has validated, so a fault here is ours: the old configuration stays.

    However often it is asked meanwhile, one reload follows the one that runs: it takes the latest.
    """

    def __init__(self, worker: str, reread: Callable[[], Config], server: Server) -> None:
        self._worker = worker
        self._reread = reread
        self._server = server
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Reload, now or after the reload that runs."""
        self._server.gate.services.events.reopen()
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = self._server.loop.create_task(self._run())

    async def _run(self) -> None:
        while self._wanted:
            self._wanted = False
            try:
                await self._reload()
            except Exception as error:  # noqa: BLE001  whatever it is, the old configuration goes on
                logger().exception("config.refused", worker=self._worker, error=str(error))

    async def _reload(self) -> None:
        started = time.perf_counter()
        config = await self._server.loop.run_in_executor(None, self._load)
        loaded = time.perf_counter()
        self._server.certificates.renew(config, "", "")
        self._server.reload(config)
        ended = time.perf_counter()
        logger().info(
            "config.loaded",
            worker=self._worker,
            version=config.version,
            took_ms=round((ended - started) * 1000, 1),
            swap_ms=round((ended - loaded) * 1000, 1),
        )

    def _load(self) -> Config:
        """For a thread. The collector rests: it would look through all that the worker remembers."""
        usual, collects = sys.getswitchinterval(), gc.isenabled()
        sys.setswitchinterval(PATIENCE_S)
        gc.disable()
        try:
            return self._reread()
        finally:
            sys.setswitchinterval(usual)
            if collects:
                gc.enable()
