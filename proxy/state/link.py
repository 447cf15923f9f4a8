"""The wire to the store: commands go out, replies or one kind of fault come back."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Protocol

from config.where import StoreKind, Where
from proxy.state.channel import Channel
from proxy.state.cluster import Cluster
from proxy.state.sentinels import Sentinels
from proxy.state.server import Server
from proxy.state.single import Single
from proxy.state.store_fault import StoreFault, Trouble
from proxy.state.wire import Entrance, Reply, Word, packed

__all__ = ["Channel", "Link", "Reply", "Script", "StoreFault", "Where", "Word", "cancelled"]

CANCEL_S = 0.05
KEYLESS = {"PING", "INFO", "TIME", "PUBLISH", "CLUSTER"}
KEY_AT = {"EVAL": 3, "EVALSHA": 3}


class Script:
    """A script with its digest, loaded where the store does not have it yet."""

    __slots__ = ("sha", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Route(Protocol):
    """The way to the server that holds a key."""

    lanes: int

    async def exchange(self, command: bytes, key: bytes | None, *, writes: bool) -> Reply:
        """One packed command and its reply; any server where `key` is None. Raises StoreFault."""

    async def load(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of these keys. Raises StoreFault."""

    async def anywhere(self) -> Server:
        """A server whose channels carry everything that is published. Raises StoreFault."""

    def faults(self) -> list[StoreFault]:
        """What is wrong now."""

    def answers(self) -> bool:
        """True while some of the store can be used."""

    def close(self) -> None:
        """End every connection."""


ROUTES: dict[StoreKind, type[Single] | type[Sentinels] | type[Cluster]] = {
    StoreKind.SINGLE: Single,
    StoreKind.SENTINEL: Sentinels,
    StoreKind.CLUSTER: Cluster,
}


class Link:
    """Commands to one store. `up` is True after a success, False after a fault and at first.

    In a cluster `up` is True while one shard can be used, and `fault` says what is wrong with another. A
    store that refuses to write is not up because it can be read. A link to None leads nowhere.
    """

    def __init__(self, where: Where | str | None) -> None:
        self.where = Where.of(where) if isinstance(where, str) else where
        self._route = None if self.where is None else _route(self.where)
        self.up = False
        self.fault = "there is no store" if self._route is None else "not connected yet"

    @property
    def nowhere(self) -> bool:
        """True where there is no store to be reached, now or later."""
        return self._route is None

    @property
    def lanes(self) -> int:
        """1 where any keys may share a call; in a cluster how many hash tags there are."""
        return 1 if self._route is None else self._route.lanes

    async def call(self, *words: Word) -> Reply:
        """One command, about one key or about none, and its reply. Raises StoreFault."""
        name = str(words[0])
        key = None if name in KEYLESS else _key(words[KEY_AT.get(name, 1)])
        return await self._exchange(packed(*words), key, writes=False)

    async def run(self, script: Script, keys: Sequence[Word], arguments: Sequence[Word]) -> Reply:
        """One script call; in a cluster all keys have one hash tag. Raises StoreFault."""
        key = _key(keys[0]) if keys else None
        rest = (len(keys), *keys, *arguments)
        try:
            return await self._exchange(packed("EVALSHA", script.sha, *rest), key, writes=True)
        except StoreFault as fault:
            if fault.trouble is not Trouble.NO_SCRIPT:  # after a restart, a failover or SCRIPT FLUSH
                raise
        return await self._exchange(packed("EVAL", script.text, *rest), key, writes=True)

    async def load(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of many keys. In a cluster None also where a shard is away. Raises StoreFault."""
        if self._route is None:
            raise StoreFault(self.fault, sent=False)
        try:
            found = await self._route.load(keys)
        except StoreFault:
            self._look()
            raise
        self._look()
        return found

    def channel(self) -> Channel:
        """A subscriber with a connection of its own. Raises StoreFault."""
        if self._route is None:
            raise StoreFault(self.fault, sent=False)
        return Channel(self._route.anywhere)

    async def close(self) -> None:
        """Close every connection."""
        if self._route is not None:
            self._route.close()
            await asyncio.sleep(0)  # what was cancelled ends now
        self.up = False

    async def _exchange(self, command: bytes, key: bytes | None, *, writes: bool) -> Reply:
        if self._route is None:
            raise StoreFault(self.fault, sent=False)
        try:
            reply = await self._route.exchange(command, key, writes=writes)
        except StoreFault as fault:
            if fault.trouble is not Trouble.NO_SCRIPT:
                self._look()
            raise
        if self.fault:
            self._look()
        return reply

    def _look(self) -> None:
        """How the store is now."""
        if self._route is None:
            return
        faults = self._route.faults()
        self.up = self._route.answers()
        self.fault = str(faults[0]) if faults else ""


async def cancelled(tasks: list[asyncio.Task[None]]) -> None:
    """End these tasks. A command that times out in the same moment swallows a cancellation, so insist."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_S)


def _route(where: Where) -> Route:
    tls = where.tls if where.encrypted else None
    return ROUTES[where.kind](where, Entrance(where.username, where.password, where.database, tls))


def _key(word: Word) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogateescape")
