"""One worker in this process, on real sockets: what it knows can be looked at while it works."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from config.loader import load
from proxy.gate import Gate
from proxy.server import Server
from proxy.supervisor import bind
from proxy.tls.certificates import Certificates
from proxy.worker import Assignment, _services
from tests.support.processes import free_port

SECRET = b"a secret of at least 16 bytes"


@asynccontextmanager
async def an_inner_worker(
    folder: Path, upstream: str, changes: Mapping[str, Any] | None = None
) -> AsyncIterator[tuple[Gate, Server, int]]:
    """Its gate, its server and its port.

    It has no store, writes `events.jsonl` and trusts whoever connects from here.
    """
    port = free_port()
    document = {
        "listen": [{"address": f"127.0.0.1:{port}"}],
        "trusted_proxies": ["127.0.0.0/8"],
        "log": {"path": str(folder / "events.jsonl")},
        "sites": [{"name": "shop", "hosts": ["*"], "upstreams": [upstream], "mode": "enforce"}],
        **(changes or {}),
    }
    (folder / "stile.yaml").write_text(yaml.safe_dump(document), "utf-8")
    config = load(str(folder / "stile.yaml"))
    assignment = Assignment(
        name="worker",
        config=config,
        sockets=bind(config, 1)[0],
        store=None,  # type: ignore[arg-type]  # this worker has no store
        secret=SECRET,
        control=folder / "control.sock",
        log_lock=folder / "log.lock",
        reread=lambda: config,
        certificates=Certificates(config, "", ""),
        refreshes=False,
    )
    services = _services(assignment)
    services.events.start()
    gate = Gate(config, services)
    server = Server(config, gate, asyncio.get_running_loop(), assignment.certificates)
    await server.listen(assignment.sockets)
    try:
        yield gate, server, port
    finally:
        for pool in services.pools.values():
            pool.close()
        await server.drain()
        await asyncio.sleep(0.05)
        services.events.close()
