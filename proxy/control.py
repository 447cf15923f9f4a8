"""How the admin process and the workers of one node talk: questions and answers, one JSON line each."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

MAX_LINE = 8 * 1024 * 1024
ANSWER_WAIT_S = 1.0
RECONNECT_S = 0.5

Message = dict[str, Any]


class Desk:
    """The admin side: workers connect to its socket, `ask` puts one question to all of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._workers: dict[asyncio.StreamWriter, dict[int, asyncio.Future[Message]]] = {}
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; an old socket file of a process that died is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._meet, self._path, limit=MAX_LINE)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._workers):
            writer.close()
        self._path.unlink(missing_ok=True)

    async def ask(self, message: Message) -> list[Message]:
        """One answer of each worker that answers within a second."""
        loop = asyncio.get_running_loop()
        number = next(self._numbers)
        line = orjson.dumps({"number": number, "message": message}) + b"\n"
        futures = []
        for writer, waiting in self._workers.items():
            waiting[number] = loop.create_future()
            futures.append(waiting[number])
            writer.write(line)
        if not futures:
            return []
        done, _ = await asyncio.wait(futures, timeout=ANSWER_WAIT_S)
        for waiting in self._workers.values():
            waiting.pop(number, None)
        return [future.result() for future in done if not future.cancelled()]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: dict[int, asyncio.Future[Message]] = {}
        self._workers[writer] = waiting
        try:
            while line := await reader.readline():
                answer = orjson.loads(line)
                future = waiting.pop(answer["number"], None)
                if future is not None and not future.done():
                    future.set_result(answer["message"])
        except (OSError, ValueError, asyncio.LimitOverrunError):
            pass  # the worker died or is broken: the supervisor sees to it
        finally:
            del self._workers[writer]
            for future in waiting.values():
                future.cancel()
            writer.close()


async def answer_desk(path: Path, answer: Callable[[Message], Message]) -> None:
    """The worker side: answer questions for ever, across restarts of the admin process."""
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE)
        except OSError:
            await asyncio.sleep(RECONNECT_S)
            continue
        try:
            while line := await reader.readline():
                question = orjson.loads(line)
                reply = {"number": question["number"], "message": answer(question["message"])}
                writer.write(orjson.dumps(reply, option=orjson.OPT_NON_STR_KEYS) + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass
        finally:
            writer.close()
        await asyncio.sleep(RECONNECT_S)
