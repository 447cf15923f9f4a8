"""The store's keys of somebody are found and erased, however the store is built up; no request waits.

redis-py does the talking: walking the primaries of a cluster, sentinels, TLS and unix sockets are its home
ground, and what it costs for a call matters on the way of requests alone.
"""

import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from ssl import TLSVersion
from typing import TYPE_CHECKING, Any

from config.settings import State
from config.where import StoreKind, Where
from detectors.behaviour.memory import LAYOUT
from proxy.state.keys import ACCOUNT, VISITOR, Names
from proxy.state.store_fault import StoreFault, Trouble

if TYPE_CHECKING:  # loaded when it is first needed: 0.1 s and some megabytes that serving does without
    from redis.asyncio import Redis, RedisCluster

    Client = Redis | RedisCluster

COUNT = 1000  # names per SCAN: each holds the store for less than a millisecond
CHUNK = 500  # names per DEL
PASSES = 5
AGENT_CHARS = 8  # of the user agent's hash, at the end of a visitor's name
HASH_CHARS = 16
CONNECT_S = 2.0
ANSWER_S = 5.0
RIGHTS = {StoreKind.CLUSTER: "+scan +pubsub|numsub +command"}
FEWEST_RIGHTS = "+scan +pubsub|numsub"
_SPECIAL = re.compile(rb"[*?\[\]\\]")


class Eraser:
    """Erases the names under which the store keeps somebody, those of earlier rotations as well."""

    def __init__(self, where: Where, state: State, secret: bytes) -> None:
        self._where = where
        self._prefix = f"{state.key_prefix}{LAYOUT}:"
        self._secret = secret
        self._retention_s = state.retention_s
        self._rotation_s = state.hash_rotation_s
        self._is_ours = state.redis is None

    async def followers(self) -> int:
        """How many processes of all nodes hear orders. Raises StoreFault."""
        async with self._client() as client:
            counts = await client.pubsub_numsub(f"{self._prefix}orders", **self._nodes("all"))
        return sum(int(count) for _, count in counts)

    async def erase(self, subjects: frozenset[str], sites: frozenset[str]) -> int:
        """Erase until a pass finds nothing; how many keys that were. Raises StoreFault."""
        names, visitors = self.names_of(subjects, sites, time.time())
        erased = 0
        async with self._client() as client:
            for _ in range(PASSES):
                found = await _delete(client, names) + await self._delete_visitors(client, visitors)
                erased += found
                if not found:
                    break
            else:
                raise StoreFault("their keys came back again and again")
            if self._is_ours:  # the snapshot on the disk holds them still
                await client.bgsave()
        return erased

    def names_of(
        self, subjects: Iterable[str], sites: Iterable[str], now: float
    ) -> tuple[set[bytes], set[bytes]]:
        """What they are called in the store: whole names, and what the names of visitors begin with."""
        names, whole, visitors = Names(self._prefix, self._secret, self._rotation_s), set(), set()
        for moment in self._moments(now):
            names.turn(moment)
            for site in sites:
                for subject in subjects:
                    whole.add(names.of(f"{site}/{subject}"))
                    if not subject.startswith(ACCOUNT):
                        visitors.add(names.of(f"{site}/{VISITOR}{subject}"))
        return whole, visitors

    def _moments(self, now: float) -> list[float]:
        """One of each period whose names may be in the store, the next one included: clocks differ."""
        rotation_s = self._rotation_s
        if rotation_s is None:
            return [now]
        first, last = int((now - self._retention_s) / rotation_s), int(now / rotation_s) + 1
        return [(period + 0.5) * rotation_s for period in range(first - 1, last + 1)]

    async def _delete_visitors(self, client: "Client", visitors: set[bytes]) -> int:
        """Visitors without a cookie: nobody knows their user agents, so all names are looked through once."""
        if not visitors:
            return 0
        erased, found = 0, []
        walk = client.scan_iter(match=self._pattern(visitors), count=COUNT, **self._nodes("primaries"))
        async for name in walk:
            if name[:-AGENT_CHARS] in visitors:
                found.append(name)
                if len(found) == CHUNK:
                    erased += await _delete(client, found)
                    found = []
        return erased + await _delete(client, found)

    def _nodes(self, which: str) -> dict[str, Any]:
        """Which nodes of a cluster are asked; one of them would answer for itself alone."""
        return {"target_nodes": which} if self._where.kind is StoreKind.CLUSTER else {}

    def _pattern(self, visitors: set[bytes]) -> bytes:
        """One name's own pattern; for several, that of every visitor, so that one walk finds them all."""
        if len(visitors) == 1:
            return _escaped(next(iter(visitors))) + b"?" * AGENT_CHARS
        return _escaped(self._prefix.encode()) + b"{*}" + b"?" * (HASH_CHARS + AGENT_CHARS)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator["Client"]:
        """A client of this store, whatever goes wrong told as a StoreFault."""
        from redis.exceptions import NoPermissionError, RedisError  # noqa: PLC0415  see above

        try:
            client = await _client_of(self._where)
            try:
                yield client
            finally:
                await client.aclose()
        except NoPermissionError as fault:
            rights = RIGHTS.get(self._where.kind, FEWEST_RIGHTS)
            cure = f"ACL SETUSER {self._where.username or 'default'} {rights}"
            raise StoreFault(f"{self._where}: {fault}; cure: {cure}", Trouble.FORBIDDEN) from None
        except (RedisError, OSError) as fault:
            raise StoreFault(f"{self._where}: {str(fault) or type(fault).__name__}", Trouble.AWAY) from None


async def _delete(client: "Client", names: Iterable[bytes]) -> int:
    rest, erased = list(names), 0
    while rest:
        erased += await client.delete(*rest[-CHUNK:])
        del rest[-CHUNK:]
    return erased


def _escaped(text: bytes) -> bytes:
    """Text that a pattern takes literally."""
    return _SPECIAL.sub(rb"\\\g<0>", text)


async def _client_of(where: Where) -> "Client":
    from redis.asyncio import Redis, RedisCluster  # noqa: PLC0415  see above
    from redis.asyncio.cluster import ClusterNode  # noqa: PLC0415

    options = _options(where)
    if where.kind is StoreKind.CLUSTER:
        nodes = [ClusterNode(spot.host, spot.port) for spot in where.spots]
        return RedisCluster(startup_nodes=nodes, **options)  # a shard that is away is a fault here
    if where.kind is StoreKind.SENTINEL:
        return await _master_of(where, options)
    spot = where.spots[0]
    at = {"host": spot.host, "port": spot.port} if spot.port else {"unix_socket_path": spot.host}
    return Redis(**at, db=where.database, **options)


async def _master_of(where: Where, options: dict[str, Any]) -> "Client":
    """The master that the sentinels name. Many have no password, some have that of the store."""
    from redis.asyncio import Redis, Sentinel  # noqa: PLC0415  see above
    from redis.asyncio.sentinel import MasterNotFoundError  # noqa: PLC0415

    spots = [(spot.host, spot.port) for spot in where.spots]
    open_door = {**options, "username": None, "password": None}
    for entrance in [open_door, options] if where.password is not None else [open_door]:
        sentinel = Sentinel(spots, sentinel_kwargs=entrance)  # type: ignore[no-untyped-call]
        try:
            host, port = await sentinel.discover_master(where.service)
        except MasterNotFoundError as fault:
            missing = fault
        else:
            return Redis(host=host, port=port, db=where.database, **options)
        finally:
            for each in sentinel.sentinels:
                await each.aclose()
    raise missing


def _options(where: Where) -> dict[str, Any]:
    from redis.asyncio.retry import Retry  # noqa: PLC0415  see above
    from redis.backoff import NoBackoff  # noqa: PLC0415

    options: dict[str, Any] = {
        "username": where.username,
        "password": where.password,
        "protocol": 2,  # with 3, more commands would have to be allowed
        "driver_info": None,
        "socket_timeout": ANSWER_S,
        "socket_connect_timeout": CONNECT_S,
        "retry": Retry(NoBackoff(), 1),
    }
    if where.encrypted:
        tls = where.tls
        options |= {
            "ssl": True,
            "ssl_ca_certs": _text(tls.ca),
            "ssl_certfile": _text(tls.certificate),
            "ssl_keyfile": _text(tls.key),
            "ssl_min_version": TLSVersion.TLSv1_2,
        }
    return options


def _text(path: object) -> str | None:
    return None if path is None else str(path)
