"""Stores of every kind for tests: real servers, clusters and sentinels on free ports, always ended again."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
import redis

from proxy.state.embedded import server_binary
from proxy.state.slots import SLOTS, slot_of
from tests.support.processes import free_port, wait_until

NODE_TIMEOUT_MS = 500
FORMED_S = 10.0


class Node:
    """One server process. `settings` are lines of its configuration; it starts at once."""

    def __init__(
        self, folder: Path, settings: Mapping[str, object] | None = None, *, mode: str = "", port: int = 0
    ) -> None:
        binary = server_binary()
        if binary is None:
            pytest.skip("no Valkey or Redis server here")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or free_port()
        self.settings: dict[str, object] = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": folder,
            "logfile": folder / "log",
            **({} if mode else {"save": '""', "appendonly": "no", "repl-diskless-sync-delay": 0}),
            **(settings or {}),
        }
        self._command = [str(binary), str(folder / "conf"), *([mode] if mode else [])]
        lines = [f"{name} {setting}" for name, setting in self.settings.items()]
        (folder / "conf").write_text("\n".join(lines) + "\n", "utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the process (again) and wait until it answers on a plain port."""
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self.settings["port"]:
            assert wait_until(self.answers, 5.0, pause=0.005), (self.folder / "log").read_text("utf-8")

    def answers(self) -> bool:
        """Whether it says anything, be it a refusal."""
        try:
            with redis.Redis(port=self.port, socket_timeout=0.5) as client:
                client.ping()
        except redis.ResponseError:
            return True
        except redis.RedisError as fault:
            return isinstance(fault, redis.AuthenticationError)
        return True

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def do(self, *words: Any) -> Any:
        """One command, as an operator's tool sends it."""
        with redis.Redis(port=self.port, socket_timeout=2.0) as client:
            return client.execute_command(*words)

    def signal(self, number: signal.Signals) -> None:
        """Pause it, let it go on, or kill it."""
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            self.process.wait(5.0)
            self.process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class TheCluster:
    """Three masters with a third of the slots each, and a replica of each."""

    def __init__(self, nodes: list[Node], names: list[str]) -> None:
        self.nodes = nodes
        self.names = names

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[:3])

    def masters(self) -> dict[int, Node]:
        """The masters by their first slot, as the first node that answers sees it."""
        for node in self.nodes:
            with contextlib.suppress(redis.RedisError):
                shards = node.do("CLUSTER", "SLOTS")
                return {shard[0]: self.at(shard[2][1]) for shard in shards}
        raise RuntimeError("no node answers")

    def at(self, port: int) -> Node:
        """The node with this port."""
        return next(node for node in self.nodes if node.port == port)

    def holder(self, key: bytes) -> Node:
        """The master of this key's slot."""
        return self.holder_of(slot_of(key))

    def holder_of(self, slot: int) -> Node:
        """The master of this slot."""
        return next(node for first, node in sorted(self.masters().items(), reverse=True) if first <= slot)

    def shard_at(self, slot: int) -> list[Node]:
        """The nodes that hold this slot: its master and the replicas of that."""
        shards = self.holder_of(slot).do("CLUSTER", "SLOTS")
        return [self.at(node[1]) for first, last, *nodes in shards if first <= slot <= last for node in nodes]

    def name_of(self, node: Node) -> str:
        """The id by which nodes know each other."""
        return self.names[self.nodes.index(node)]

    def whole(self) -> bool:
        """Whether every node runs, agrees that all is well, and every replica follows its master."""
        try:
            views = {self._view(node) for node in self.nodes}
            replicas = [node for node in self.nodes if str(node.port) not in next(iter(views))]
            return len(views) == 1 and len(replicas) == 3 and all(map(_follows, replicas))
        except (redis.RedisError, RuntimeError):
            return False

    def _view(self, node: Node) -> frozenset[str]:
        """The masters' ports, as this node sees them."""
        if b"cluster_state:ok" not in _raw(node.do("CLUSTER", "INFO")):
            raise RuntimeError("not yet well")
        return frozenset(str(shard[2][1]) for shard in node.do("CLUSTER", "SLOTS"))

    def mend(self) -> None:
        """Start what was killed, and wait until all is well again."""
        for node in self.nodes:
            if node.process is None:
                node.start()
        assert wait_until(self.whole, 15.0, pause=0.05)

    def move(self, slot: int, target: Node, *, pause_s: float = 0.0) -> None:
        """Move one slot key by key, as redis-cli's reshard does."""
        source = self.holder_of(slot)
        self.begin_move(slot, source, target)
        while self._move_keys(slot, source, target, 1):
            time.sleep(pause_s)
        self.end_move(slot, source, target)

    def begin_move(self, slot: int, source: Node, target: Node, keys: int = 0) -> None:
        """Open a slot at both ends, and move a few of its keys."""
        target.do("CLUSTER", "SETSLOT", slot, "IMPORTING", self.name_of(source))
        source.do("CLUSTER", "SETSLOT", slot, "MIGRATING", self.name_of(target))
        self._move_keys(slot, source, target, keys)

    def end_move(self, slot: int, source: Node, target: Node) -> None:
        """Move what is left, and tell everybody."""
        self._move_keys(slot, source, target, 10_000)
        for node in (target, source, *self.masters().values()):
            node.do("CLUSTER", "SETSLOT", slot, "NODE", self.name_of(target))

    def _move_keys(self, slot: int, source: Node, target: Node, most: int) -> int:
        keys = source.do("CLUSTER", "GETKEYSINSLOT", slot, most) if most else []
        if keys:
            source.do("MIGRATE", "127.0.0.1", target.port, "", 0, 2000, "KEYS", *keys)
        return len(keys)


def _raw(text: object) -> bytes:
    if isinstance(text, dict):
        return "\r\n".join(f"{name}:{each}" for name, each in text.items()).encode()
    return text if isinstance(text, bytes) else str(text).encode()


def _follows(node: Node) -> bool:
    role = node.do("ROLE")
    return role[0] in {b"slave", "slave"} and role[3] in {b"connected", "connected"}


@contextmanager
def a_cluster(folder: Path) -> Iterator[TheCluster]:
    """A whole cluster of six nodes. It is formed by the files in which nodes remember each other."""
    names = [f"{number:040x}" for number in range(1, 7)]
    with ExitStack() as stack:
        nodes: list[Node] = []
        ports = [(free_port(), free_port()) for _ in names]
        for number, (port, bus) in enumerate(ports):
            home = folder / str(number)
            home.mkdir(parents=True)
            (home / "nodes.conf").write_text(_remembered(number, names, ports), "utf-8")
            settings = {
                "cluster-enabled": "yes",
                "cluster-port": bus,
                "cluster-config-file": "nodes.conf",
                "cluster-node-timeout": NODE_TIMEOUT_MS,
                "cluster-require-full-coverage": "no",
                "cluster-replica-validity-factor": 0,
            }
            node = stack.enter_context(Node(home, settings, port=port))
            nodes.append(node)
        cluster = TheCluster(nodes, names)
        assert wait_until(cluster.whole, FORMED_S, pause=0.05), (folder / "0" / "log").read_text("utf-8")
        yield cluster


def _remembered(own: int, names: list[str], ports: list[tuple[int, int]]) -> str:
    lines = []
    for number, (name, (port, bus)) in enumerate(zip(names, ports, strict=True)):
        myself = "myself," if number == own else ""
        shard = number % 3
        first, last = shard * SLOTS // 3, (shard + 1) * SLOTS // 3 - 1
        role = f"{myself}master - 0 0 {shard + 1} connected {first}-{last}"
        if number >= 3:
            role = f"{myself}slave {names[shard]} 0 0 {shard + 1} connected"
        lines.append(f"{name} 127.0.0.1:{port}@{bus} {role}")
    return "\n".join([*lines, "vars currentEpoch 3 lastVoteEpoch 0", ""])


class TheSentinels:
    """A master, its replica, and sentinels that watch them under the name `shop`."""

    def __init__(self, servers: list[Node], sentinels: list[Node]) -> None:
        self.servers = servers
        self.sentinels = sentinels

    @property
    def url(self) -> str:
        return "redis+sentinel://" + ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels) + "/shop"

    def master(self) -> Node:
        """The server that the sentinels name."""
        _, port = self.sentinels[0].do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop")
        return next(server for server in self.servers if server.port == int(port))


@contextmanager
def sentinels(folder: Path, count: int = 1) -> Iterator[TheSentinels]:
    """A master, a replica and `count` sentinels that need half of them to agree."""
    with ExitStack() as stack:
        master = stack.enter_context(Node(folder / "master"))
        replica = stack.enter_context(Node(folder / "replica", {"replicaof": f"127.0.0.1 {master.port}"}))
        watch = {
            "sentinel monitor": f"shop 127.0.0.1 {master.port} {count // 2 + 1}",
            "sentinel down-after-milliseconds": "shop 300",
            "sentinel failover-timeout": "shop 2000",
        }
        watchers = [
            stack.enter_context(Node(folder / f"sentinel-{number}", watch, mode="--sentinel"))
            for number in range(count)
        ]
        found = TheSentinels([master, replica], watchers)
        assert wait_until(lambda: _follows(replica) and _knows(watchers[0], count), 10.0)
        yield found


def _knows(sentinel: Node, count: int) -> bool:
    replicas = sentinel.do("SENTINEL", "REPLICAS", "shop")
    others = sentinel.do("SENTINEL", "SENTINELS", "shop")
    return len(replicas) == 1 and len(others) == count - 1
