"""The wire to the store: commands go out, replies or one kind of fault come back."""

import asyncio
import hashlib
from collections.abc import Sequence

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

MAX_CONNECTIONS = 4  # pushes, loads, burns and one to spare; the channel of orders has its own
CONNECT_TIMEOUT_S = 0.5
CANCEL_S = 0.05
REPLY_TIMEOUT_S = 1.0  # a paused store holds a background task this long, never a request

Word = bytes | str | int
Reply = bytes | int | None | list["Reply"]


class StoreFault(Exception):
    """The store did not do what was asked; the text says why, in one line."""


class Script:
    """A script with its digest, loaded where the store does not have it yet."""

    __slots__ = ("sha", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Link:
    """Commands to one store. `up` is True after a success, False after a fault and at first.

    `url` None is a link to nowhere: every command is a StoreFault.
    """

    def __init__(self, url: str | None) -> None:
        self._pool = None if url is None else _pool(url)
        self.up = False
        self.fault = "there is no store" if url is None else "not connected yet"

    @property
    def nowhere(self) -> bool:
        """True where there is no store to be reached, now or later."""
        return self._pool is None

    async def call(self, *words: Word) -> Reply:
        """One command and its reply. Raises StoreFault."""
        if self._pool is None:
            raise StoreFault(self.fault)
        try:
            reply = await _exchange(self._pool, pack_command(words))  # type: ignore[arg-type]  # its stub wants 1-tuples
        except NoScriptError:
            raise
        except (RedisError, OSError, TimeoutError) as fault:
            raise self._down(fault) from fault
        self.up = True
        self.fault = ""
        return reply

    async def run(self, script: Script, keys: Sequence[Word], arguments: Sequence[Word]) -> Reply:
        """One script call. Raises StoreFault."""
        try:
            return await self.call("EVALSHA", script.sha, len(keys), *keys, *arguments)
        except NoScriptError:  # after a restart, a failover or SCRIPT FLUSH
            return await self.call("EVAL", script.text, len(keys), *keys, *arguments)

    def channel(self) -> PubSub:
        """A subscriber with a connection of its own. Raises StoreFault."""
        if self._pool is None:
            raise StoreFault(self.fault)
        return PubSub(self._pool)

    async def close(self) -> None:
        """Close every connection."""
        self.up = False
        if self._pool is not None:
            await self._pool.disconnect()

    def _down(self, fault: BaseException) -> StoreFault:
        self.up = False
        self.fault = f"{type(fault).__name__}: {fault}".splitlines()[0][:200]
        return StoreFault(self.fault)


async def _exchange(pool: BlockingConnectionPool, command: bytes) -> Reply:
    """Send one packed command and read its reply; a connection that failed half-way is not used again.

    Redis.execute_command does the same, but packs in Python: 5 µs for each client of a batch.
    """
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.send_packed_command(command)
        reply: Reply = await connection.read_response()
    except ResponseError:
        raise
    except BaseException:
        await connection.disconnect(nowait=True)
        raise
    finally:
        await pool.release(connection)
    return reply


async def cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """End these tasks. A command that times out in the same moment swallows a cancellation, so insist."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_S)


def _pool(url: str) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        protocol=2,  # nothing of version 3 is needed, and its greeting hides a wrong password
        max_connections=MAX_CONNECTIONS,
        timeout=REPLY_TIMEOUT_S,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=REPLY_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),  # a retry of ours knows whether the batch was merged already
    )
