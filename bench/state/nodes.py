"""Nodes of one installation: gateways with several workers, one secret, and one store."""

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bench.peers import Peer, free_port

SITE = "shop"


def key_file(folder: Path) -> Path:
    """The secret that all nodes have in common."""
    file = folder / "installation.key"
    file.touch(mode=0o600)
    file.write_text(secrets.token_hex(32), "ascii")
    return file


def node(
    folder: Path, name: str, upstream: int, store: str, key: Path, more: Mapping[str, Any], *, workers: int
) -> Peer:
    """`stile run` with so many workers before `upstream`; `more` are sections of its configuration."""
    home = folder / name
    home.mkdir()
    port = free_port()
    document: dict[str, Any] = {
        "listen": [{"address": f"127.0.0.1:{port}"}],
        "trusted_proxies": ["127.0.0.0/8"],
        "admin": {"address": f"127.0.0.1:{free_port()}"},
        "state": {"directory": str(home / "state"), "redis": store},
        "secrets": {"key_file": str(key)},
        "log": {"path": str(home / "events.jsonl")},
        "limits": {"connections_per_address": 10_000},
        **more,
    }
    for site in document["sites"]:
        site |= {"name": SITE, "hosts": ["*"], "upstreams": [f"http://127.0.0.1:{upstream}"]}
    config = home / "stile.yaml"
    config.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    command = [sys.executable, "-m", "proxy.cli", "run", str(config), "--workers", str(workers)]
    return Peer(name, command, port, home / "words")
